import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { defineJob, handle, JobQueue, typed, Worker, WorkerPool } from '@dbjobq/core'
import { queueCase } from './queue-case.js'
import { step } from './step.js'
import { until } from './until.js'
import { watchedStorage } from './watched-storage.js'

const data = (length: number) => Array.from({ length }, (_, n) => ({ n }))

/** A gate that handlers wait at. */
function gate(): { open: () => void; passed: Promise<void> } {
  let open = (): void => undefined
  const passed = new Promise<void>((resolve) => (open = resolve))
  return { open, passed }
}

/** How workers are limited, paused, looked at, and put in pools. */
export const workerControlCases = [
  queueCase(
    'control-queue-limits',
    'never has more jobs of a queue held than its limit, nor keeps other queues waiting for it',
    async (context) => {
      const { queue, openStorage, startWorker } = context
      const storage = await openStorage()
      const narrow = defineJob({ type: 'narrow', data: typed<{ n: number }>(), queue: 'narrow' })
      let [running, most, wide] = [0, 0, 0]
      const handlers = [
        handle(narrow, async () => {
          most = Math.max(most, ++running)
          await pause(5)
          running--
        }),
        handle(step, ({ n }) => (wide++, { n })),
      ]
      await queue.enqueueMany(narrow, data(60))
      await queue.enqueueMany(step, data(60))
      let mostHeld = 0
      const look = async () => {
        const held = await storage.findJobs({ queue: ['narrow'], status: ['running'] }, { limit: 100, summary: true })
        mostHeld = Math.max(mostHeld, held.length)
        return (await queue.stats({ queue: ['narrow'] })).byStatus.completed === 60
      }
      const worker = await startWorker(handlers, { queues: { narrow: { concurrency: 2 }, default: {} }, concurrency: 10 })
      await until('all narrow ones', look)
      await until('all wide ones', () => wide === 60)
      assert.ok(mostHeld <= 2, `${mostHeld} held`)
      assert.equal(most, 2)
      assert.deepEqual(
        worker.status().queues.map(({ name, concurrency }) => [name, concurrency]),
        [
          ['narrow', 2],
          ['default', null],
        ],
      )
      // A queue at its limit is looked at again when there is room, not at the next poll.
      await worker.stop()
      await startWorker(handlers, { queues: { narrow: { concurrency: 1 } }, poll: { min: '1m', max: '1m' } })
      await queue.enqueueMany(narrow, data(10))
      await until('ten more', async () => (await queue.stats({ queue: ['narrow'] })).byStatus.completed === 70)
    },
  ),

  queueCase(
    'control-pause',
    'gets back uncounted what a paused worker had not begun, and is served again after it resumes',
    async ({ queue, startWorker, ended }) => {
      const { open, passed } = gate()
      const started: number[] = []
      const worker = await startWorker([handle(step, async ({ n }) => (started.push(n), await passed, { n }))], { concurrency: 2 })
      // A first quick run tells the worker that handlers are quick, so that it takes jobs ahead.
      const first = await queue.enqueueMany(step, data(20))
      await until('two to start', () => started.length === 2)
      worker.pause()
      assert.deepEqual([worker.isPaused, worker.isRunning, worker.status().state, worker.activeJobs], [true, true, 'paused', 2])
      const { id: late } = await queue.enqueue(step, { n: 99 })
      open()
      await until('the two to end', async () => (await queue.stats()).byStatus.completed === 2)
      await until('the others to be given back', async () => (await queue.stats()).byStatus.running === 0)
      // Several polls long.
      await pause(300)
      assert.deepEqual([started.length, (await queue.stats()).byStatus.pending], [2, 19])
      assert.ok((await queue.listJobs({ status: ['pending'] })).jobs.every(({ attempts }) => attempts === 0))
      worker.resume()
      for (const { id } of [...first, { id: late }]) assert.equal((await ended(id)).status, 'completed')
      assert.deepEqual([worker.isPaused, worker.status().state, started.length], [false, 'running', 21])
    },
  ),

  queueCase('control-pause-gives-back', 'gets back at once what waits in a worker that is paused', async ({ queue, startWorker }) => {
    const { open, passed } = gate()
    let slow = false
    let started = 0
    const worker = await startWorker([handle(step, async ({ n }) => (started++, slow && (await passed), { n }))], { concurrency: 1 })
    await queue.enqueueMany(step, data(50))
    await until('quick runs', () => started === 50)
    slow = true
    await queue.enqueueMany(step, data(50))
    await until('a buffer', () => worker.status().buffered > 0)
    worker.pause()
    assert.equal(worker.status().buffered, 0)
    await until('all but one given back', async () => (await queue.stats()).byStatus.running === 1)
    open()
    await worker.stop()
    assert.ok((await queue.listJobs({ status: ['pending'] })).jobs.every(({ attempts }) => attempts === 0))
  }),

  queueCase('control-paused-from-the-start', 'gives nothing to a worker that is paused before it starts', async ({ queue, ended }) => {
    let runs = 0
    await using worker = new Worker(queue, { jobs: [handle(step, ({ n }) => (runs++, { n }))], poll: 'fast' })
    assert.equal(worker.status().state, 'new')
    worker.pause()
    await worker.start()
    const { id } = await queue.enqueue(step, { n: 1 })
    await pause(200)
    assert.deepEqual([runs, (await queue.getJob(id))?.status], [0, 'pending'])
    worker.resume()
    assert.equal((await ended(id)).status, 'completed')
  }),

  queueCase(
    'control-hint-during-claim',
    'has a job run at once that comes while a claim is under way that does not see it',
    async ({ openStorage, ended }) => {
      let enqueued: Promise<{ id: string }> | undefined
      const storage = watchedStorage(
        await openStorage(),
        () => undefined,
        async (member) => {
          if (member === 'claimJobs') await (enqueued ??= queue.enqueue(step, { n: 1 }))
        },
      )
      const queue = new JobQueue(storage)
      await using worker = new Worker(queue, { jobs: [handle(step, ({ n }) => ({ n }))], poll: { min: '1m', max: '1m' } })
      await worker.start()
      await until('the claim', () => enqueued !== undefined)
      assert.equal((await ended((await enqueued)?.id ?? '')).status, 'completed')
    },
  ),

  queueCase('control-status', 'has a worker say what it does', async ({ queue, startWorker, ended }) => {
    const { open, passed } = gate()
    const handler = handle(step, async ({ n }) => {
      if (n === 1) throw new Error('no')
      await passed
      return { n }
    })
    const worker = await startWorker([handler], { concurrency: 3 })
    const { id: bad } = await queue.enqueue(step, { n: 1 }, { maxRetries: 1 })
    await ended(bad)
    await until('both counted', () => worker.status().counters.failed === 1)
    const { id } = await queue.enqueue(step, { n: 2 })
    await until('the start', () => worker.activeJobs === 1)
    const { leaseUntil, counters, ...status } = worker.status()
    assert.ok(leaseUntil && leaseUntil > new Date(Date.now() - 60_000), String(leaseUntil))
    assert.deepEqual(status, {
      state: 'running',
      workerId: status.workerId,
      concurrency: 3,
      queues: [{ name: 'default', concurrency: null, held: 1 }],
      running: 1,
      buffered: 0,
      stuck: 0,
      isTroubled: false,
      lastTrouble: null,
    })
    const { started, retrying, failed, completed } = counters
    assert.deepEqual([started, retrying, failed, completed], [3, 1, 1, 0])
    assert.deepEqual(
      worker.jobs().map((job) => [job.id, job.attempt, job.startedAt instanceof Date]),
      [[id, 1, true]],
    )
    open()
    await worker.stop()
    const last = worker.status()
    assert.deepEqual([last.state, last.running, last.counters.completed, last.leaseUntil, worker.jobs()], ['stopped', 0, 1, null, []])
  }),

  queueCase(
    'control-stuck',
    'has the slot of a handler that ignores its signal free for the next job',
    async ({ queue, startWorker, ended }) => {
      const { open, passed } = gate()
      const worker = await startWorker([handle(step, async ({ n }) => (n === 1 && (await passed), { n }))], { concurrency: 1 })
      const { id: deaf } = await queue.enqueue(step, { n: 1 })
      await until('the start', () => worker.activeJobs === 1)
      await queue.cancel(deaf)
      const { id: next } = await queue.enqueue(step, { n: 2 })
      assert.deepEqual([(await ended(next)).status, (await ended(deaf)).status], ['completed', 'cancelled'])
      assert.deepEqual([worker.status().stuck, worker.status().counters.stuck], [1, 1])
      open()
      await until('the deaf one to end', () => worker.status().stuck === 0)
      assert.equal((await queue.getJob(deaf))?.status, 'cancelled')
    },
  ),

  queueCase('control-signals', 'has workers stop on a signal only where that was asked for', async ({ startWorker }) => {
    const handlers = () => process.listenerCount('SIGTERM')
    const before = handlers()
    const plain = await startWorker([handle(step, ({ n }) => ({ n }))])
    assert.equal(handlers(), before)
    const listening = await startWorker([handle(step, ({ n }) => ({ n }))], { signals: true })
    assert.equal(handlers(), before + 1)
    process.emit('SIGTERM')
    await until('the end', () => listening.status().state === 'stopped')
    assert.deepEqual([handlers(), plain.isRunning], [before, true])
  }),

  queueCase('control-second-signal', 'gets back uncounted what still runs at a second signal', async ({ queue }) => {
    const reasons: unknown[] = []
    const handler = handle(step, async (_, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      reasons.push((signal.reason as { code?: unknown }).code)
      throw signal.reason
    })
    const before = process.listenerCount('SIGINT')
    const worker = new Worker(queue, { jobs: [handler], poll: 'fast' })
    const running = worker.run()
    const { id } = await queue.enqueue(step, { n: 1 })
    await until('the start', () => worker.activeJobs === 1)
    process.emit('SIGINT')
    // Long enough for a worker that does not drain to have ended.
    await pause(300)
    assert.deepEqual([worker.status().state, worker.activeJobs, reasons], ['stopping', 1, []])
    process.emit('SIGINT')
    await running
    const job = await queue.getJob(id)
    assert.deepEqual([job?.status, job?.attempts, reasons, process.listenerCount('SIGINT')], ['pending', 0, ['SHUTDOWN'], before])
  }),

  queueCase('control-pool', 'has a pool of workers that start, pause and stop as one', async ({ queue, ended }) => {
    const report = defineJob({ type: 'report', data: typed<null>(), queue: 'reports' })
    const { open, passed } = gate()
    const pool = new WorkerPool(queue, [
      { jobs: [handle(step, ({ n }) => ({ n }))], concurrency: 5, poll: 'fast' },
      { jobs: [handle(report, () => passed)], concurrency: 1, poll: 'fast' },
    ])
    const before = process.listenerCount('SIGTERM')
    const completed: string[] = []
    pool.on('completed', ({ type }) => completed.push(type))
    const running = pool.run()
    await until('the start', () => pool.isRunning && process.listenerCount('SIGTERM') === before + 1)
    const reports = await queue.enqueueMany(report, [null, null, null])
    for (const { id } of await queue.enqueueMany(step, data(10))) assert.equal((await ended(id)).status, 'completed')
    await until('one report to run', () => pool.activeJobs === 1)
    assert.deepEqual([pool.isPaused, pool.status().length], [false, 2])
    pool.pause()
    assert.equal(pool.isPaused, true)
    pool.resume()
    open()
    for (const { id } of reports) await ended(id)
    process.emit('SIGTERM')
    await running
    assert.deepEqual([pool.isRunning, process.listenerCount('SIGTERM'), completed.length], [false, before, 13])
    await assert.rejects(pool.start(), { code: 'WORKER_STATE' })
  }),
]
