import { pathToFileURL } from 'node:url'
import { JobQueue } from '@dbjobq/core'
import type { JobStorage } from '@dbjobq/core/storage'
import { Random } from '@dbjobq/storage-conformance/random'
import { randomFaults } from '../faults/random-faults.js'
import { withFaults } from '../faults/with-faults.js'
import { LedgerFile } from '../ledger/ledger-file.js'
import { Turns } from '../workload/turns.js'
import { enqueueJobs } from './enqueuer.js'
import type { Orders, Report } from './orders.js'
import { runJobs } from './worker.js'

/** One process of a run; `member.ts` forks it. It must end by itself once its queue is closed. */
const orders = JSON.parse(process.argv[2] ?? '') as Orders
const { name, module, folder, plan, role, seed } = orders
const { open } = (await import(pathToFileURL(module).href)) as { open: () => Promise<JobStorage> }

const report: Report = { stage: 'starting', targets: [], began: 0, ended: 0, lost: 0, enqueued: 0, calls: 0, failedCalls: 0, troubles: 0 }
const targets = new Set<string>()
const tell = () => process.send?.({ ...report, targets: [...targets] })
const telling = setInterval(tell, 100)
const orphaned = () => process.exit(1)
process.once('disconnect', orphaned)

const random = new Random(Buffer.from(name).reduce((sum, byte) => Math.imul(sum, 31) + byte, seed))
const fateOf = randomFaults(() => random.next(), plan.faults)
const storage = withFaults(await open(), (member) => {
  const fate = fateOf(member)
  report.calls++
  if (fate.fails) report.failedCalls++
  return fate
})

const stop = new AbortController()
process.on('SIGTERM', () => {
  report.stage = 'stopping'
  tell()
  stop.abort()
})
const queue = new JobQueue(storage)
const place = { queue, ledger: new LedgerFile(folder, name), turns: new Turns(folder), targets, plan, random, report, stop: stop.signal }
await (role === 'worker' ? runJobs(place) : enqueueJobs(place))
await queue.close()
tell()
clearInterval(telling)
process.off('disconnect', orphaned)
process.disconnect()
// What a fault holds back has a timer, which says nothing of the storage.
if (Object.keys(plan.faults).length > 0) process.exit()
