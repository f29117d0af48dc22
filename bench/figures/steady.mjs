import { setTimeout as pause } from 'node:timers/promises'
import { defineJob, handle, JobQueue, typed, Worker } from '@dbjobq/core'
import { whole } from '#report'

const job = defineJob({ type: 'steady', data: typed() })
const seconds = 24
const backlog = 10_000

/** A producer that keeps some backlog up while a worker drains it: does the rate hold? */
export async function steady({ storage }) {
  const queue = new JobQueue(storage)
  let done = 0
  let made = 0
  const worker = new Worker(queue, { jobs: [handle(job, () => undefined)] })
  worker.on('completed', () => done++)
  await worker.start()
  const begin = performance.now()
  const elapsed = () => (performance.now() - begin) / 1_000
  const marks = [0]
  while (marks.length <= 3) {
    if (made - done < backlog) {
      await queue.enqueueMany(
        job,
        Array.from({ length: 1_000 }, (_, i) => ({ i: made + i })),
      )
      made += 1_000
    } else await pause(1)
    if (elapsed() >= (marks.length * seconds) / 3) marks.push(done)
  }
  await worker.stop()
  const rates = marks.slice(1).map((mark, third) => (mark - marks[third]) / (seconds / 3))
  return `${seconds} s with a steady producer, jobs/s by thirds: ${rates.map(whole).join(', ')} (last is ${Math.round((rates[2] / rates[0]) * 100)} % of first)`
}
