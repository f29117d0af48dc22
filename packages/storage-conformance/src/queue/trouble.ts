import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { handle, JobQueue, StorageError, Worker, type BoundJob, type WorkerOptions } from '@dbjobq/core'
import { queueCase, type QueueContext } from './queue-case.js'
import { step } from './step.js'
import { until } from './until.js'
import { watchedStorage } from './watched-storage.js'

/** A worker whose database can be taken away, and what came of that. */
async function troubled({ openStorage }: QueueContext, jobs: BoundJob[], options: Partial<WorkerOptions> = {}) {
  const failing = new Set<string>()
  const state = { failing, isDown: false, calls: 0, told: [] as string[], unhandled: [] as unknown[] }
  const storage = watchedStorage(await openStorage(), (member) => {
    if (!state.isDown && !failing.has(member)) return
    state.calls++
    throw new StorageError('UNAVAILABLE', 'The database is down for this test.', { retryable: true, applied: 'no' })
  })
  const queue = new JobQueue(storage)
  const worker = new Worker(queue, { poll: { min: 20, max: 100 }, ...options, jobs })
  const onUnhandled = (error: unknown): void => void state.unhandled.push(error)
  process.on('unhandledRejection', onUnhandled)
  worker.on('trouble', ({ during, error }) => {
    assert.ok(error instanceof StorageError)
    state.told.push(during)
  })
  worker.on('recovered', ({ during, duration }) => state.told.push(`${during} ${duration > 0 ? 'over' : 'odd'}`))
  const stop = async () => {
    await worker.stop({ timeout: 0 })
    process.off('unhandledRejection', onUnhandled)
  }
  await worker.start()
  return { queue, worker, state, [Symbol.asyncDispose]: stop }
}

/** How a worker takes it that its database cannot be used. */
export const troubleCases = [
  queueCase('trouble-outage', 'is asked ever more seldom while it fails, and served again when it works', async (context) => {
    const runs: number[] = []
    await using all = await troubled(context, [handle(step, async ({ n }) => (runs.push(n), await pause(20), { n }))])
    const { worker, state } = all
    await context.queue.enqueueMany(
      step,
      Array.from({ length: 200 }, (_, n) => ({ n })),
    )
    await until('some to run', () => runs.length > 20)
    state.isDown = true
    // Four loops, each after 0.1, 0.2, 0.4, 0.8 s, ± 25 %: some five calls each, whatever wakes them meanwhile.
    await pause(1_500)
    const { calls } = state
    assert.ok(calls > 0 && calls <= 40, `${calls} calls in 1.5 s`)
    assert.equal(worker.status().isTroubled, true)
    assert.match(String(worker.status().lastTrouble?.error), /down for this test/)
    await assert.rejects(all.queue.enqueue(step, { n: 0 }), { code: 'UNAVAILABLE' })
    state.isDown = false
    await until('all to be completed', async () => (await context.queue.stats()).byStatus.completed === 200)
    await until('the trouble to be over', () => !worker.status().isTroubled)
    assert.deepEqual([runs.length, state.unhandled], [200, []])
    const begun = new Set(state.told.filter((during) => !during.includes(' ')))
    assert.ok(begun.has('claim') && begun.has('settlement'), [...begun].join(', '))
    for (const during of begun) assert.ok(state.told.lastIndexOf(`${during} over`) > state.told.lastIndexOf(during), during)
  }),

  queueCase('trouble-settlements', 'gets the end of a job once it can be written, without running it again', async (context) => {
    let runs = 0
    await using all = await troubled(context, [handle(step, ({ n }) => (runs++, { n }))])
    all.state.failing.add('settleJobs')
    const { id } = await context.queue.enqueue(step, { n: 1 })
    await until('three attempts to write', () => all.state.told.length >= 3)
    assert.equal((await context.queue.getJob(id))?.status, 'running')
    all.state.failing.clear()
    const job = await context.ended(id)
    assert.deepEqual([job.status, job.attempts, job.errors, runs, all.state.unhandled], ['completed', 1, [], 1, []])
  }),

  queueCase(
    'trouble-lease-lost',
    'has jobs given up whose worker could not reach it for a whole lease, and run again after',
    async (context) => {
      let runs = 0
      const codes: unknown[] = []
      const handler = handle(step, async ({ n }, { signal }) => {
        if (++runs > 1) return { n }
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        codes.push((signal.reason as { code: string }).code)
        return { n: -1 }
      })
      await using all = await troubled(context, [handler], { lease: '3s' })
      const lost: string[] = []
      all.worker.on('leaseLost', ({ id }) => lost.push(id))
      const { id } = await context.queue.enqueue(step, { n: 1 })
      await until('the start', () => runs === 1)
      all.state.isDown = true
      await until('the lease to run out', () => codes.length === 1)
      assert.equal(all.worker.status().leaseUntil, null)
      all.state.isDown = false
      const job = await context.ended(id)
      assert.deepEqual([job.status, job.result, runs, codes, lost], ['completed', { n: 1 }, 2, ['LEASE_LOST'], [id]])
      assert.deepEqual(all.state.unhandled, [])
    },
  ),

  queueCase('trouble-stop', 'does not hold up a worker that stops while it fails', async (context) => {
    const all = await troubled(context, [handle(step, ({ n }) => ({ n }))])
    all.state.failing.add('settleJobs')
    await context.queue.enqueue(step, { n: 1 })
    await until('a failed settlement', () => all.state.told.length > 0)
    all.state.isDown = true
    const before = performance.now()
    await all[Symbol.asyncDispose]()
    assert.ok(performance.now() - before < 20_000)
    assert.deepEqual([all.worker.status().state, all.state.unhandled], ['stopped', []])
  }),

  queueCase(
    'trouble-unwritten',
    'never has a job for done whose end could not be written before its worker stopped, but has it run again',
    async (context) => {
      let runs = 0
      const handler = handle(step, ({ n }) => (runs++, { n }))
      const all = await troubled(context, [handler], { lease: '3s' })
      all.state.failing.add('settleJobs')
      const { id } = await context.queue.enqueue(step, { n: 1 })
      await until('a failed settlement', () => all.state.told.length > 0)
      await all[Symbol.asyncDispose]()
      assert.deepEqual([(await context.queue.getJob(id))?.status, runs, all.state.unhandled], ['running', 1, []])
      await context.startWorker([handler], { lease: '3s' })
      const job = await context.ended(id)
      assert.deepEqual([job.status, job.errors[0]?.code, runs], ['completed', 'WORKER_LOST', 2])
    },
  ),

  queueCase(
    'trouble-confirmation',
    'is asked until it tells whether the transaction of a handler committed',
    async (context) => {
      const [run] = Object.values(context.subject.transactions ?? {})
      assert.ok(run)
      let fail = (): void => undefined
      const handler = handle(step, async (_, ctx) => {
        await run((tx) => ctx.complete({ n: 2 }, { tx }))
        fail()
        return { n: -1 }
      })
      await using all = await troubled(context, [handler])
      fail = () => void all.state.failing.add('findJobs')
      const completed: unknown[] = []
      all.worker.on('completed', ({ result }) => completed.push(result))
      const { id } = await context.queue.enqueue(step, { n: 1 })
      await until('two attempts to read', () => all.state.calls >= 2)
      assert.deepEqual([completed, (await context.queue.getJob(id))?.status], [[], 'completed'])
      all.state.failing.clear()
      await until('the event', () => completed.length === 1)
      assert.deepEqual([completed, all.state.unhandled], [[{ n: 2 }], []])
    },
    ['transactions'],
  ),
]
