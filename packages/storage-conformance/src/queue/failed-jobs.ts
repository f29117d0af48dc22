import { handle, PermanentError } from '@dbjobq/core'
import type { QueueContext } from './queue-case.js'
import { step } from './step.js'
import { until } from './until.js'

/** Has `count` jobs of type `step` fail for good, and stops the worker that did it; answers their ids in the order of creation. */
export async function failedJobs({ queue, startWorker }: QueueContext, count: number): Promise<string[]> {
  const worker = await startWorker([handle(step, ({ n }) => Promise.reject(new PermanentError(`no ${n}`)))])
  const before = (await queue.stats()).byStatus.failed
  const jobs = await queue.enqueueMany(
    step,
    Array.from({ length: count }, (_, n) => ({ n })),
  )
  await until(`${count} failures`, async () => (await queue.stats()).byStatus.failed === before + count)
  await worker.stop()
  return jobs.map(({ id }) => id)
}
