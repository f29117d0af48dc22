// A worker with a job that breaks outside of its handler; outside-the-handler.test.ts runs it. Argument: `caught` where the process has a listener.
import { setTimeout as pause } from 'node:timers/promises'
import { defineJob, handle, JobQueue, typed, Worker } from '@dbjobq/core'
import { MemoryStorage } from '@dbjobq/core/memory'

const [mode] = process.argv.slice(2)
const caught = []
if (mode === 'caught') {
  process.on('unhandledRejection', (error) => caught.push(error.message))
  process.on('uncaughtException', (error) => caught.push(error.message))
}
const job = defineJob({ type: 'job', data: typed() })
const handler = handle(job, async (breaks) => {
  if (!breaks) return
  void Promise.reject(new Error('nobody awaits this'))
  setTimeout(() => {
    throw new Error('thrown in a timer')
  }, 1)
  await pause(50)
})
const queue = new JobQueue(new MemoryStorage())
await queue.migrate()
const worker = new Worker(queue, { jobs: [handler], poll: 'fast' })
await worker.start()
for (const breaks of [true, false]) await queue.waitFor(await queue.enqueue(job, breaks))
await worker.stop()
await queue.close()
console.log(JSON.stringify({ caught, completed: worker.status().counters.completed }))
