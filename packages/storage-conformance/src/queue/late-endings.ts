import assert from 'node:assert/strict'
import { defineJob, handle, PermanentError, Snooze, typed, Worker, type JobContext } from '@dbjobq/core'
import { findJob, settlement } from '../factories.js'
import { queueCase } from './queue-case.js'
import { step } from './step.js'
import { until } from './until.js'

const leaf = defineJob({ type: 'leaf', data: typed<{ by: string }>() })

/** How a run may end that has long been given to another. */
const endings: ((ctx: JobContext) => unknown)[] = [
  () => ({ n: -1 }),
  () => Promise.reject(new Error('late')),
  () => Promise.reject(new PermanentError('late')),
  () => Promise.reject(new Snooze(1)),
  async (ctx) => {
    await ctx.progress('late')
    return { n: -1 }
  },
]

/** A worker that was taken for dead, does not know it, and goes on. */
export const lateEndingCases = [
  queueCase(
    'late-endings',
    'keeps what became of a job that was rescued, however its first run ends',
    async ({ queue, openQueue, openStorage, startWorker, ended }) => {
      const storage = await openStorage()
      let open = (): void => undefined
      const gate = new Promise<void>((resolve) => (open = resolve))
      let begun = 0
      const zombie = await startWorker([
        handle(step, async ({ n }, ctx) => {
          begun++
          await ctx.enqueue(leaf, { by: 'zombie' })
          await gate
          return (await endings[n]?.(ctx)) as { n: number }
        }),
      ])
      const told: string[] = []
      for (const name of ['completed', 'retrying', 'failed', 'snoozed', 'progress'] as const) zombie.on(name, () => told.push(name))
      const jobs = await queue.enqueueMany(
        step,
        endings.map((_, n) => ({ n })),
      )
      await until('all to start', () => begun === endings.length)
      zombie.pause()
      const rescue = { status: 'pending', finishedAt: null, deleteAt: null, result: null, releaseKey: false, forgetClaim: true } as const
      const rows = await Promise.all(jobs.map(({ id }) => findJob(storage, id)))
      assert.deepEqual(new Set(await storage.settleJobs(rows.map((row) => settlement(row, rescue)))), new Set(['settled']))
      const second = handle(step, async ({ n }, ctx) => {
        await ctx.enqueue(leaf, { by: 'second' })
        return { n }
      })
      await using worker = new Worker(await openQueue(), { jobs: [second], poll: { min: 20, max: 100 } })
      await worker.start()
      const before = []
      for (const { id } of jobs) before.push(await ended(id))
      open()
      await until('all to be told as lost', () => zombie.status().counters.leaseLost === endings.length)
      assert.deepEqual(await Promise.all(jobs.map(({ id }) => queue.getJob(id))), before)
      assert.deepEqual(
        before.map(({ status, result, errors }) => [status, result, errors]),
        jobs.map((_, n) => ['completed', { n }, []]),
      )
      await until('the follow-ups', async () => (await queue.listJobs({ job: leaf })).jobs.length >= jobs.length)
      const leaves = (await queue.listJobs({ job: leaf })).jobs
      assert.deepEqual(
        leaves.map(({ data }) => data.by),
        jobs.map(() => 'second'),
      )
      assert.deepEqual(told, [])
    },
  ),
]
