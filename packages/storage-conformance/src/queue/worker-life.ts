import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { defineJob, handle, typed, Worker, type JobContext } from '@dbjobq/core'
import { queueCase } from './queue-case.js'
import { step } from './step.js'
import { until } from './until.js'

/** How workers stop, look after the store, and die. */
export const workerLifeCases = [
  queueCase(
    'stop-drains',
    'has running jobs finished and waiting ones given back when the worker stops',
    async ({ queue, startWorker }) => {
      let started = 0
      const worker = await startWorker([handle(step, async ({ n }) => (started++, await pause(300), { n }))], { concurrency: 2 })
      await queue.enqueueMany(
        step,
        Array.from({ length: 10 }, (_, n) => ({ n })),
      )
      await until('two to start', () => started === 2)
      await worker.stop()
      const { completed, pending, running } = (await queue.stats()).byStatus
      assert.deepEqual([completed, pending, running, started], [started, 10 - started, 0, started])
      assert.ok((await queue.listJobs({ status: ['pending'] })).jobs.every(({ attempts }) => attempts === 0))
    },
  ),

  queueCase('stop-hands-back', 'gets back, uncounted, what does not end before the deadline', async ({ queue, startWorker }) => {
    const reasons: string[] = []
    const wait = (_: unknown, { signal }: JobContext) =>
      pause(60_000, { n: 0 }, { signal }).catch(() =>
        Promise.reject((reasons.push((signal.reason as { code: string }).code), new Error('aborted'))),
      )
    let started = 0
    const worker = await startWorker([handle(step, (data, context) => (started++, wait(data, context)))])
    const { id } = await queue.enqueue(step, { n: 1 })
    await until('the start', () => started === 1)
    await worker.stop({ timeout: 100 })
    const job = await queue.getJob(id)
    assert.deepEqual([job?.status, job?.attempts, job?.errors, reasons], ['pending', 0, [], ['SHUTDOWN']])
    const idle = await startWorker([handle(step, ({ n }) => ({ n }))], { queues: ['nothing-here'] })
    const before = performance.now()
    await idle.stop()
    assert.ok(performance.now() - before < 1_000)
  }),

  queueCase(
    'stop-leaves-nothing',
    'leaves no timer, listener or worker behind however often a worker starts and stops',
    async ({ queue, openStorage, ended }) => {
      const storage = await openStorage()
      const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
      const listeners = () => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
      const startAndStop = async () => {
        const worker = new Worker(queue, { jobs: [handle(step, ({ n }) => ({ n }))], signals: true, poll: 'fast' })
        await worker.start()
        await worker.stop()
      }
      // The first one connects, which lasts.
      await startAndStop()
      const before = [timers(), listeners()]
      for (let round = 0; round < 50; round++) await startAndStop()
      await until('as many timers and listeners as before', () => timers() <= (before[0] ?? 0) && listeners() === before[1])
      assert.deepEqual(await storage.findWorkers(), [])
      await using worker = new Worker(queue, { jobs: [handle(step, ({ n }) => ({ n }))], poll: 'fast' })
      await worker.start()
      assert.equal((await ended((await queue.enqueue(step, { n: 1 })).id)).status, 'completed')
    },
  ),

  queueCase('stop-during-start', 'lets a worker go that is stopped while it starts', async ({ queue }) => {
    const worker = new Worker(queue, { jobs: [handle(step, ({ n }) => ({ n }))] })
    const running = worker.run()
    await worker.stop()
    await running
    assert.equal(worker.isRunning, false)
    await assert.rejects(worker.start(), { code: 'WORKER_STATE' })
  }),

  queueCase('prunes', 'is pruned of finished jobs whose time has come', async ({ queue, startWorker }) => {
    const brief = defineJob({ type: 'brief', data: typed<null>(), retention: { completed: 0 } })
    const first = await startWorker([handle(brief, () => undefined)])
    const { id } = await queue.enqueue(brief, null)
    await until(
      'the completion',
      async () => (await queue.getJob(id))?.status !== 'pending' && (await queue.getJob(id))?.status !== 'running',
    )
    await first.stop()
    await startWorker([handle(brief, () => undefined)])
    await until('it is gone', async () => (await queue.getJob(id)) === null)
  }),

  queueCase('rescues', 'has the jobs of a dead worker rescued and run by another', async ({ queue, openStorage, startWorker, ended }) => {
    const storage = await openStorage()
    const { id: started } = await queue.enqueue(step, { n: 1 })
    const { id: unstarted } = await queue.enqueue(step, { n: 2 })
    const now = await storage.serverTime()
    await storage.heartbeat({ workerId: 'dead', info: '{}', now: now - 60_000, leaseUntil: now - 30_000, first: true })
    const claim = { claimId: 'claim-1', workerId: 'dead', limit: 10, queues: [{ name: 'default', limit: 10 }] }
    assert.equal((await storage.claimJobs(claim)).jobs.length, 2)
    await storage.markJobs([{ id: started, claimId: 'claim-1', startedAt: now - 40_000 }])
    const rescued: string[] = []
    const worker = await startWorker([handle(step, ({ n }) => ({ n }))], { lease: '3s' })
    worker.on('rescued', ({ id }) => rescued.push(id))
    const [charged, free] = [await ended(started), await ended(unstarted)]
    assert.deepEqual([charged.status, charged.attempts, charged.errors[0]?.code], ['completed', 2, 'WORKER_LOST'])
    assert.deepEqual([free.status, free.attempts, free.errors[0]?.code], ['completed', 1, 'WORKER_LOST'])
    await until('the dead worker to be removed', async () => !(await storage.findWorkers()).some(({ id }) => id === 'dead'))
  }),

  queueCase(
    'waits-its-turn',
    'has a job that waits behind one that took its worker down not marked as begun, however many beats pass',
    async ({ queue, openStorage, startWorker, ended }) => {
      const storage = await openStorage()
      const ids = [(await queue.enqueue(step, { n: 1 })).id, (await queue.enqueue(step, { n: 2 })).id]
      const now = await storage.serverTime()
      await storage.heartbeat({ workerId: 'dead', info: '{}', now: now - 60_000, leaseUntil: now - 30_000, first: true })
      const claim = { claimId: 'claim-1', workerId: 'dead', limit: 10, queues: [{ name: 'default', limit: 10 }] }
      assert.equal((await storage.claimJobs(claim)).jobs.length, 2)
      const gate = Promise.withResolvers<undefined>()
      const begun: number[] = []
      const run = async ({ n }: { n: number }) => {
        begun.push(n)
        await gate.promise
        return { n }
      }
      const worker = await startWorker([handle(step, run)], { lease: '3s' })
      await until('both are held and one runs', () => worker.status().running === 2 && begun.length === 1)
      for (let beats = 0; beats < 2; beats++) {
        const { leaseUntil } = worker.status()
        await until('a beat', () => worker.status().leaseUntil?.getTime() !== leaseUntil?.getTime())
      }
      const rows = await storage.findJobs({ ids }, { limit: 2 })
      const marked = rows.filter(({ startedAt }) => startedAt !== null)
      gate.resolve(undefined)
      for (const id of ids) assert.equal((await ended(id)).status, 'completed')
      assert.equal(marked.length, 1)
    },
  ),

  queueCase(
    'lease-lost',
    'has a worker that lost its lease abort its jobs, and go on under a new name',
    async ({ queue, openStorage, startWorker, ended }) => {
      const storage = await openStorage()
      const codes: string[] = []
      let runs = 0
      const worker = await startWorker(
        [
          handle(step, async ({ n }, { signal }) => {
            if (++runs > 1) return { n }
            await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
            codes.push((signal.reason as { code: string }).code)
            return { n: -1 }
          }),
        ],
        { lease: '3s' },
      )
      const lost: string[] = []
      worker.on('leaseLost', ({ id }) => lost.push(id))
      const { id } = await queue.enqueue(step, { n: 1 })
      await until('the start', () => runs === 1)
      const [row] = await storage.findWorkers()
      const now = await storage.serverTime()
      await storage.heartbeat({ workerId: row?.id ?? '', info: '', now, leaseUntil: now, first: false })
      const job = await ended(id)
      assert.deepEqual([job.status, job.result, runs, codes, lost], ['completed', { n: 1 }, 2, ['LEASE_LOST'], [id]])
    },
  ),
]
