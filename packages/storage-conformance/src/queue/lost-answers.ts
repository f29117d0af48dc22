import assert from 'node:assert/strict'
import { defineJob, handle, JobQueue, StorageError, typed, Worker } from '@dbjobq/core'
import type { AnyStorage } from '../case.js'
import { queueCase } from './queue-case.js'
import { step } from './step.js'
import { until } from './until.js'
import { watchedStorage } from './watched-storage.js'

/** The storage, which does as it is told, but of the first call of that member the answer is lost. */
function losingAnswerOf(storage: AnyStorage, lost: string) {
  let calls = 0
  return watchedStorage(
    storage,
    () => undefined,
    (member) =>
      member === lost && ++calls === 1
        ? Promise.reject(
            new StorageError('UNAVAILABLE', 'The connection broke before the answer.', { retryable: true, applied: 'unknown' }),
          )
        : Promise.resolve(),
  )
}

/** What was written, though who asked for it was told otherwise. */
export const lostAnswerCases = [
  queueCase(
    'lost-claim',
    'gets back, uncounted, the jobs of a claim whose answer was lost, and has each run once',
    async ({ queue, openStorage, ended }) => {
      const jobs = await queue.enqueueMany(
        step,
        Array.from({ length: 5 }, (_, n) => ({ n })),
      )
      let runs = 0
      const storage = losingAnswerOf(await openStorage(), 'claimJobs')
      await using worker = new Worker(new JobQueue(storage), {
        jobs: [handle(step, ({ n }) => (runs++, { n }))],
        lease: '3s',
        poll: 'fast',
      })
      worker.on('trouble', () => undefined)
      await worker.start()
      for (const { id } of jobs) {
        const { status, attempts, errors } = await ended(id)
        assert.deepEqual([status, attempts, errors], ['completed', 1, []])
      }
      assert.equal(runs, 5)
    },
  ),

  queueCase(
    'lost-settlement',
    'has a job completed once, with its follow-ups once, though the answer to its settlement was lost',
    async ({ queue, openStorage, ended }) => {
      const leaf = defineJob({ type: 'leaf', data: typed<null>() })
      let runs = 0
      const handler = handle(step, async ({ n }, ctx) => {
        runs++
        await ctx.enqueue(leaf, null)
        return { n }
      })
      await using worker = new Worker(new JobQueue(losingAnswerOf(await openStorage(), 'settleJobs')), { jobs: [handler], poll: 'fast' })
      const told: string[] = []
      for (const name of ['trouble', 'completed', 'leaseLost'] as const) worker.on(name, () => told.push(name))
      await worker.start()
      const job = await ended((await queue.enqueue(step, { n: 1 })).id)
      await until('the event', () => told.includes('completed'))
      assert.deepEqual([job.status, job.attempts, job.errors, runs, told], ['completed', 1, [], 1, ['trouble', 'completed']])
      await until('the follow-up', async () => (await queue.listJobs({ job: leaf })).jobs.length > 0)
      assert.equal((await queue.listJobs({ job: leaf })).jobs.length, 1)
    },
  ),
]
