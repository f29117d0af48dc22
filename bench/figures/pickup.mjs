import { setTimeout as pause } from 'node:timers/promises'
import { defineJob, handle, JobQueue, typed, Worker } from '@dbjobq/core'
import { describeSamples } from '#figures/samples'

const job = defineJob({ type: 'pickup', data: typed() })

/** From the call of enqueue to the start of the handler, in one process, the queue being empty. */
export async function pickup({ storage }) {
  const queue = new JobQueue(storage)
  let started
  const worker = new Worker(queue, { jobs: [handle(job, () => void started.resolve(performance.now()))] })
  await worker.start()
  const samples = []
  for (let i = 0; i < 330; i++) {
    started = Promise.withResolvers()
    const begin = performance.now()
    await queue.enqueue(job, { i })
    const end = await started.promise
    // The first ones compile.
    if (i >= 30) samples.push(end - begin)
    await pause(10)
  }
  await worker.stop()
  return `enqueue to start, one process: ${describeSamples(samples)}`
}
