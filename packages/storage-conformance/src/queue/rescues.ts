import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { defineJob, handle, JobQueue, typed, Worker } from '@dbjobq/core'
import type { JobRow } from '@dbjobq/core/storage'
import type { AnyStorage } from '../case.js'
import { claimRequest, findJob, settlement } from '../factories.js'
import { queueCase } from './queue-case.js'
import { step } from './step.js'
import { until } from './until.js'
import { watchedStorage } from './watched-storage.js'

const quick = { lease: '3s', poll: { min: 20, max: 100 } } as const
const noted = handle(step, ({ n }) => ({ n }))
const other = defineJob({ type: 'other', data: typed<null>(), queue: 'others' })

/** All pending jobs, as a worker left them that died after their handlers had started. `info: null`: its row is gone, too. */
async function claimedByDead(storage: AnyStorage, info: string | null = '{}'): Promise<JobRow[]> {
  const now = await storage.serverTime()
  const workerId = 'dead'
  const { jobs } = await storage.claimJobs(claimRequest({ workerId }))
  await storage.markJobs(jobs.map(({ id, claimId }) => ({ id, claimId: claimId ?? '', startedAt: now - 40_000 })))
  if (info !== null) await storage.heartbeat({ workerId, info, now: now - 60_000, leaseUntil: now - 30_000, first: true })
  return jobs
}

/** Whose jobs are rescued, and what a rescue leaves alone. */
export const rescueCases = [
  queueCase(
    'rescues-same-host',
    'has the jobs of a killed process rescued by the one that took its place, with its host and process id',
    async ({ queue, openStorage, startWorker, ended }) => {
      const { id } = await queue.enqueue(step, { n: 1 })
      await claimedByDead(await openStorage(), JSON.stringify({ host: hostname(), pid: process.pid }))
      await startWorker([noted], quick)
      const job = await ended(id)
      assert.deepEqual([job.status, job.attempts, job.errors[0]?.code], ['completed', 2, 'WORKER_LOST'])
    },
  ),

  queueCase(
    'rescues-without-a-row',
    'has the jobs rescued of a worker whose row was removed before',
    async ({ queue, openStorage, startWorker, ended }) => {
      const { id } = await queue.enqueue(step, { n: 1 })
      await claimedByDead(await openStorage(), null)
      await startWorker([noted], quick)
      assert.deepEqual([(await ended(id)).status, (await ended(id)).attempts], ['completed', 2])
    },
  ),

  queueCase(
    'rescues-foreign-types',
    'has jobs rescued by a worker that does not know their type, and kept for one that does',
    async ({ queue, openStorage, openQueue, startWorker, ended }) => {
      const { id } = await queue.enqueue(step, { n: 1 }, { maxRetries: 1, priority: 8 })
      await claimedByDead(await openStorage())
      const rescuer = await startWorker([handle(other, () => undefined)], quick)
      await until('the rescue', () => rescuer.status().counters.rescued === 1)
      const job = await queue.getJob(id)
      assert.deepEqual([job?.attempts, job?.priority, job?.errors.length], [1, 8, 1])
      await using knowing = new Worker(await openQueue(), { jobs: [noted], poll: quick.poll })
      await knowing.start()
      assert.deepEqual([(await ended(id)).status, (await ended(id)).attempts], ['completed', 2])
    },
  ),

  queueCase(
    'rescues-too-late',
    'keeps the end that a job came to between the look for it and its rescue',
    async ({ queue, openStorage }) => {
      const { id } = await queue.enqueue(step, { n: 1 })
      const storage = await openStorage()
      const [row] = await claimedByDead(storage)
      assert.ok(row)
      let looks = 0
      const slow = watchedStorage(
        await openStorage(),
        () => undefined,
        async (member) => {
          if (member === 'findOrphans' && ++looks === 1) await storage.settleJobs([settlement(row, { result: '{"n":7}', deleteAt: null })])
        },
      )
      await using worker = new Worker(new JobQueue(slow), { ...quick, jobs: [noted] })
      await worker.start()
      // The loop that rescues has come round, so its first turn is over.
      await until('a second look', () => looks >= 2)
      const job = await queue.getJob(id)
      assert.deepEqual([job?.status, job?.result, job?.errors, job?.attempts], ['completed', { n: 7 }, [], 1])
      assert.equal(worker.status().counters.rescued, 0)
    },
  ),

  queueCase(
    'rescues-cancelled',
    'has a job cancelled whose worker died before it heard of the cancel',
    async ({ queue, openStorage, startWorker, ended }) => {
      const { id } = await queue.enqueue(step, { n: 1 })
      await claimedByDead(await openStorage())
      assert.equal(await queue.cancel(id), 'requested')
      let runs = 0
      await startWorker([handle(step, ({ n }) => (runs++, { n }))], quick)
      assert.deepEqual([(await ended(id)).status, runs], ['cancelled', 0])
    },
  ),

  queueCase(
    'rescues-unique',
    'has jobs rescued whose keys others hold by now, and those beside them: a key is never alive twice',
    async ({ queue, openStorage, startWorker, ended }) => {
      const storage = await openStorage()
      const started = { unique: { key: 'a', until: 'started' } } as const
      const settled = { unique: { key: 'b' } } as const
      const first = await queue.enqueue(step, { n: 1 }, started)
      const kept = await queue.enqueue(step, { n: 2 }, settled)
      const plain = await queue.enqueue(step, { n: 3 })
      await claimedByDead(storage)
      const next = await queue.enqueue(step, { n: 4 }, started)
      const again = await queue.enqueue(step, { n: 5 }, settled)
      assert.deepEqual([next.outcome, again.outcome, again.id], ['enqueued', 'duplicate', kept.id])
      const rescuer = await startWorker([handle(other, () => undefined)], quick)
      await until('three rescues', () => rescuer.status().counters.rescued === 3)
      const rows = await Promise.all([first, kept, plain, next].map(({ id }) => findJob(storage, id)))
      assert.deepEqual(
        rows.map(({ uniqueKey }) => uniqueKey !== null),
        [false, true, false, true],
      )
      await startWorker([noted])
      for (const { id } of [first, kept, plain, next]) assert.equal((await ended(id)).status, 'completed')
    },
  ),
]
