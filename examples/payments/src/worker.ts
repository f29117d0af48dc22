import { Worker } from '@dbjobq/core'
import { chargeInOwnTransaction, chargeInTransactionOfStorage } from './charges.js'
import { openBank } from './database.js'

// DATABASE_URL=bank.sqlite FORM=own node dist/worker.js, or FORM=storage; both serve the same jobs.
// On SQLite a process should keep to one form: Knex waits for the write lock with the event loop stopped, on which the other holder depends.
const bank = await openBank()
const worker = new Worker(bank.queue, {
  concurrency: 5,
  lease: Number(process.env.LEASE ?? 60_000),
  jobs: [process.env.FORM === 'storage' ? chargeInTransactionOfStorage(bank) : chargeInOwnTransaction(bank)],
  onError: (error, { id, attempt }) => console.error(`run ${attempt} of ${id}:`, error),
})
console.log('working')
await worker.run()
await bank.close()
