import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { handle, JobQueue, Worker, type JobStorage } from '@dbjobq/core'
import type { ConformanceCase } from '../case.js'
import { step } from '../queue/step.js'
import { until } from '../queue/until.js'

const handlers = 3
const jobs = 12

/** All connections are in the hands of handlers again and again: the worker's own calls wait for one, and nobody waits for ever. */
export const poolCase: ConformanceCase = {
  id: 'outage/pool-saturated',
  title: 'serves a worker whose handlers hold every connection of its pool in transactions, and enqueue there',
  proves: [],
  needs: ['small-pool'],
  timeout: 90_000,
  async run({ subject }) {
    const storage = (await subject.outages?.smallPool?.(handlers)) ?? assert.fail()
    const queue = new JobQueue(storage as JobStorage<unknown>)
    let [holding, most] = [0, 0]
    const done = new Set<number>()
    const lost: string[] = []
    const worker = new Worker(queue, {
      concurrency: handlers,
      lease: '6s',
      jobs: [
        handle(step, async ({ n }, ctx) => {
          // One outside first: as many as there are connections ask for one at the same time.
          if (n < jobs) await queue.enqueue(step, { n: n + 2 * jobs })
          return ctx.transaction(async (tx) => {
            if (n < jobs) await queue.enqueue(step, { n: n + jobs }, { tx })
            most = Math.max(most, ++holding)
            await pause(300).finally(() => holding--)
            done.add(n)
            return { n }
          })
        }),
      ],
    })
    worker.on('leaseLost', ({ id }) => void lost.push(id))
    await queue.enqueueMany(
      step,
      Array.from({ length: jobs }, (_, n) => ({ n })),
    )
    await worker.start()
    try {
      await until('all jobs', async () => (await queue.stats()).byStatus.completed === 3 * jobs, 60_000)
      assert.deepEqual([done.size, most, lost], [3 * jobs, handlers, []])
    } finally {
      await worker.stop({ timeout: 0 })
      await queue.close()
    }
  },
}
