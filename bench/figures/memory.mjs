import { setTimeout as pause } from 'node:timers/promises'
import { defineJob, handle, JobQueue, typed, Worker } from '@dbjobq/core'

const job = defineJob({ type: 'memory', data: typed(), retention: { completed: 0 } })
const count = 500_000
const mebibytes = () => Math.round(process.memoryUsage().rss / 2 ** 20)

/** The memory of a process that enqueues and runs jobs, along the way. */
export async function memory({ storage }) {
  const queue = new JobQueue(storage)
  let done = 0
  const worker = new Worker(queue, { jobs: [handle(job, () => undefined)] })
  worker.on('completed', () => done++)
  await worker.start()
  const seen = []
  for (let made = 0; made < count; made += 10_000) {
    await queue.enqueueMany(
      job,
      Array.from({ length: 10_000 }, (_, i) => ({ i: made + i })),
    )
    while (made - done > 20_000) await pause(5)
    if ((made + 10_000) % 100_000 === 0) seen.push(`${(made + 10_000) / 1_000}k ${mebibytes()}`)
  }
  while (done < count) await pause(5)
  await worker.stop()
  return `resident MiB after so many jobs: ${seen.join(', ')}`
}
