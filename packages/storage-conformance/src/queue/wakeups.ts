import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { handle, JobQueue, Worker, type BoundJob, type JobContext, type JobStorage } from '@dbjobq/core'
import { queueCase, type QueueContext } from './queue-case.js'
import { step } from './step.js'
import { until } from './until.js'

/** Whoever does not hear of a job in another process finds it by polling: after a minute. */
const seldom = { poll: { min: '1m', max: '1m' } } as const
const patience = 10_000

/** A worker that polls once a minute and has heard of the other queue; `seen` is what it ran since. */
async function listener({ startWorker, openQueue }: Pick<QueueContext, 'startWorker' | 'openQueue'>) {
  const seen: number[] = []
  const other = await openQueue()
  await startWorker([handle(step, ({ n }) => (seen.push(n), { n }))], seldom)
  // One may be found by the look at the start, one by that of a listener that has just connected; the third is heard of.
  for (const n of [1, 2, 3]) {
    await other.enqueue(step, { n })
    await until(`job ${n} of another process`, () => seen.includes(n), patience)
  }
  seen.length = 0
  return { other, seen }
}

export const wakeupsCases = [
  queueCase(
    'wakeups-enqueued',
    'has what another process enqueues run at once, however rarely the worker polls',
    async (context) => {
      const { other, seen } = await listener(context)
      await Promise.all([4, 5, 6, 7].map((n) => other.enqueue(step, { n })))
      await until('four jobs', () => seen.length === 4, patience)
    },
    ['wakeups'],
  ),

  queueCase(
    'wakeups-one-storage',
    'has what another queue on the same storage object enqueues run at once',
    async ({ openStorage }) => {
      const storage = (await openStorage()) as JobStorage
      const workers: Worker[] = []
      const startHere = async (jobs: BoundJob[], options = {}) => {
        const worker = new Worker(new JobQueue(storage), { ...options, jobs })
        workers.push(worker)
        await worker.start()
        return worker
      }
      try {
        await listener({ startWorker: startHere, openQueue: () => Promise.resolve(new JobQueue(storage)) })
      } finally {
        await Promise.all(workers.map((worker) => worker.stop({ timeout: 0 })))
      }
    },
    ['wakeups'],
  ),

  queueCase(
    'wakeups-scheduled',
    'has what another process schedules run at its time, also before what was known to be next',
    async (context) => {
      const { other, seen } = await listener(context)
      await other.enqueue(step, { n: 4 }, { delay: '1h' })
      await pause(50)
      const before = performance.now()
      await other.enqueue(step, { n: 5 }, { delay: 500 })
      await until('the one that is due first', () => seen.length === 1, patience)
      assert.deepEqual(seen, [5])
      assert.ok(performance.now() - before >= 490, `after ${performance.now() - before} ms`)
    },
    ['wakeups'],
  ),

  queueCase(
    'wakeups-cancel',
    'has a cancel reach a job that runs in another process, long before the heartbeat',
    async ({ startWorker, openQueue, ended }) => {
      const other = await openQueue()
      const reasons: unknown[] = []
      const wait = (_: unknown, { signal }: JobContext) =>
        pause(60_000, { n: 0 }, { signal }).catch(() => Promise.reject((reasons.push(signal.reason), new Error('aborted'))))
      await startWorker([handle(step, wait)], { lease: '10m', ...seldom })
      // The second is not told by a look of a listener that has just connected.
      for (const n of [1, 2]) {
        const { id } = await other.enqueue(step, { n })
        await until('the start', async () => (await other.getJob(id))?.status === 'running', patience)
        assert.equal(await other.cancel(id), 'requested')
        await until('the cancel', () => reasons.length === n, patience)
        assert.equal((reasons[n - 1] as { code: string }).code, 'JOB_CANCELLED')
        assert.equal((await ended(id)).status, 'cancelled')
      }
    },
    ['wakeups'],
  ),

  queueCase(
    'wakeups-handed-back',
    'has the jobs of a worker that stops run by another at once',
    async (context) => {
      const { other, seen } = await listener(context)
      const queues = ['another']
      const stopping = new Worker(other, { jobs: [handle(step, (_, { signal }) => pause(60_000, { n: 0 }, { signal }))], queues })
      await stopping.start()
      await other.enqueue(step, { n: 4 }, { queue: 'another' })
      await until('the start', () => stopping.activeJobs === 1, patience)
      const taken: number[] = []
      await context.startWorker([handle(step, ({ n }) => (taken.push(n), { n }))], { ...seldom, queues })
      await other.enqueue(step, { n: 5 }, { queue: 'another', priority: 1 })
      await until('either to take it', () => taken.length + stopping.activeJobs === 2, patience)
      await stopping.stop({ timeout: 0 })
      await until('both', () => taken.length === 2, patience)
      assert.deepEqual([taken.toSorted(), seen], [[4, 5], []])
    },
    ['wakeups'],
  ),

  queueCase(
    'wakeups-transaction',
    'has what is enqueued in a transaction run soon after it commits, and nothing of one that is rolled back',
    async ({ startWorker, openStorage, ended }) => {
      const seen: number[] = []
      const storage = await openStorage()
      const transaction = storage.transaction?.bind(storage) ?? assert.fail()
      const other = new JobQueue(storage)
      await listener({
        startWorker: (jobs, options) => startWorker([...jobs], options),
        openQueue: () => Promise.resolve(other as JobQueue),
      })
      const worker = await startWorker([handle(step, ({ n }) => (seen.push(n), { n }))], { ...seldom, queues: ['mine'] })
      const gone = transaction(async (tx: unknown) => {
        await other.enqueue(step, { n: 1 }, { tx, queue: 'mine' })
        throw new Error('rolled back')
      })
      await assert.rejects(gone, { message: 'rolled back' })
      const { id } = await transaction(async (tx: unknown) => {
        const enqueued = await other.enqueue(step, { n: 2 }, { tx, queue: 'mine' })
        await pause(300)
        return enqueued
      })
      await until('the job of the transaction', () => seen.length > 0, patience)
      assert.equal((await ended(id)).status, 'completed')
      assert.deepEqual([seen, worker.isRunning], [[2], true])
    },
    ['wakeups', 'transactions'],
  ),
]
