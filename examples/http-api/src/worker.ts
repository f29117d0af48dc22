import { handle, PermanentError, Worker } from '@dbjobq/core'
import { openDatabase } from './database.js'
import { confirmOrder } from './jobs.js'
import { sendMail } from './mail.js'

// DATABASE_URL=shop.sqlite node dist/worker.js, in as many processes as you like
const { knex, queue, orders, close } = await openDatabase()
const worker = new Worker(queue, {
  concurrency: 20,
  jobs: [
    handle(confirmOrder, async ({ orderId, email }, { signal }) => {
      const found = await knex<{ id: string }>(orders).where({ id: orderId }).first()
      if (!found) throw new PermanentError(`There is no order ${orderId}.`)
      const messageId = await sendMail(email, `Your order ${orderId}`, signal)
      // Run twice (at least once is the promise), this changes nothing the second time.
      await knex(orders).where({ id: orderId }).update({ status: 'confirmed' })
      return { messageId }
    }),
  ],
})
worker.on('failed', ({ id, failure }) => console.error(`job ${id} failed: ${failure?.message ?? ''}`))
console.log('working')
await worker.run()
await close()
