import assert from 'node:assert/strict'
import { defineJob, handle, Snooze, typed } from '@dbjobq/core'
import { expectEnqueued, expectNotEnqueued, runJobs } from '@dbjobq/core/testing'
import { queueCase } from './queue-case.js'
import { step } from './step.js'

const foreign = defineJob({ type: 'foreign', data: typed<null>() })

/** `runJobs` and the assertions of `@dbjobq/core/testing` work on any queue. */
export const testingCases = [
  queueCase('run-jobs', 'has what is due run to the end by runJobs, in order, with what follows from it', async ({ queue }) => {
    const ran: number[] = []
    const job = handle(step, async ({ n }, ctx) => {
      ran.push(n)
      if (n === 1) await ctx.enqueue(step, { n: 4 }, { queue: 'follow-ups' })
      if (n === 3 && ctx.attempt === 1) throw new TypeError('once')
      return { n }
    })
    await queue.enqueue(step, { n: 2 })
    await queue.enqueue(step, { n: 1 }, { priority: 9 })
    const { id } = await queue.enqueue(step, { n: 3 }, { priority: 1 })
    await queue.enqueue(step, { n: 5 }, { delay: '1h' })
    await queue.enqueue(foreign, null)
    const { runs } = await runJobs(queue, [job], { until: ({ data }) => (data as { n: number }).n === 3 })
    assert.deepEqual(
      runs.filter(({ queue: name }) => name === 'default').map(({ data, outcome, attempt }) => [data, outcome, attempt]),
      [
        [{ n: 1 }, 'completed', 1],
        [{ n: 2 }, 'completed', 1],
        [{ n: 3 }, 'retrying', 1],
      ],
    )
    assert.equal((runs.at(-1)?.error as Error).message, 'once')
    await runJobs(queue, [job], { advance: '10s' })
    assert.deepEqual(ran.toSorted(), [1, 2, 3, 3, 4])
    const retried = await queue.getJob(id)
    assert.deepEqual([retried?.status, retried?.attempts, retried?.errors.length, retried?.result], ['completed', 2, 1, { n: 3 }])
    const waiting = await queue.listJobs({ status: ['pending', 'scheduled'], order: 'oldest' })
    assert.deepEqual(
      waiting.jobs.map(({ type, status, attempts }) => [type, status, attempts]),
      [
        ['step', 'scheduled', 0],
        ['foreign', 'pending', 0],
      ],
    )
  }),

  queueCase('run-jobs-advance', 'has later jobs and retries run before their time, in its order, by runJobs', async ({ queue }) => {
    const ran: string[] = []
    const job = handle(step, ({ n }, { attempt }) => {
      ran.push(`${n}.${attempt}`)
      if (n === 1 && attempt < 3) throw new Error('again')
      if (n === 2 && ran.length < 5) throw new Snooze('2h')
      return { n }
    })
    await queue.enqueue(foreign, null, { delay: '1m' })
    await queue.enqueue(step, { n: 3 }, { delay: '1d' })
    await queue.enqueue(step, { n: 2 }, { delay: '1h' })
    await queue.enqueue(step, { n: 1 })
    const { counts } = await runJobs(queue, [job], { advance: true })
    assert.deepEqual([ran, counts.completed], [['1.1', '1.2', '1.3', '2.1', '2.1', '3.1'], 3])
    assert.equal((await expectEnqueued(queue, foreign))[0]?.status, 'scheduled')
  }),

  queueCase('run-jobs-lease', 'has jobs of runJobs under a lease that ends with the call', async ({ queue, openStorage }) => {
    const storage = await openStorage()
    const job = handle(step, async ({ n }, { id }) => {
      const now = await storage.serverTime()
      const [row] = await storage.findJobs({ ids: [id] }, { limit: 1 })
      const owner = (await storage.findWorkers()).find((worker) => worker.id === row?.workerId)
      assert.ok(row?.status === 'running' && owner && owner.leaseUntil > now + 10_000, JSON.stringify({ row, owner, now }))
      assert.deepEqual(await storage.findOrphans({ now, limit: 10 }), [])
      return { n }
    })
    await queue.enqueue(step, { n: 1 })
    await runJobs(queue, [job], { throwOnFailure: true })
    assert.deepEqual(await storage.findWorkers(), [])
  }),

  queueCase('run-jobs-ends', 'gets jobs back from a call of runJobs that rejects', async ({ queue, openStorage }) => {
    const controller = new AbortController()
    const wait = handle(step, async (_, { signal }) => {
      const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      controller.abort(new Error('enough'))
      await aborted
      throw new Error('aborted')
    })
    const { id } = await queue.enqueue(step, { n: 1 })
    await assert.rejects(runJobs(queue, [wait], { signal: controller.signal }), { message: 'enough' })
    const released = await queue.getJob(id)
    assert.deepEqual([released?.status, released?.attempts, released?.errors], ['pending', 0, []])
    const always = handle(step, () => Promise.reject(new Snooze(0)))
    await assert.rejects(runJobs(queue, [always], { maxRuns: 3 }), { code: 'TOO_MANY_RUNS' })
    const failing = handle(step, () => Promise.reject(new TypeError('broken')))
    await assert.rejects(runJobs(queue, [failing], { throwOnFailure: true }), { code: 'JOB_FAILED', cause: new TypeError('broken') })
    const failed = await queue.getJob(id)
    assert.deepEqual([failed?.status, failed?.attempts, failed?.errors.length], ['scheduled', 1, 1])
    assert.deepEqual(await (await openStorage()).findWorkers(), [])
  }),

  queueCase('run-jobs-paused', 'has paused queues left alone by runJobs', async ({ queue, openStorage }) => {
    const storage = await openStorage()
    await storage.putQueue({ name: 'paused', pausedAt: await storage.serverTime(), settings: null })
    await queue.enqueue(step, { n: 1 }, { queue: 'paused' })
    await queue.enqueue(step, { n: 2 }, { queue: 'paused', delay: '1h' })
    await queue.enqueue(step, { n: 3 })
    const { jobs } = await runJobs(queue, [handle(step, ({ n }) => ({ n }))], { advance: true })
    assert.deepEqual(
      jobs.map(({ data }) => data),
      [{ n: 3 }],
    )
  }),

  queueCase('run-jobs-shares', 'shares its jobs between runJobs and a worker, each run once', async ({ queue, startWorker }) => {
    const runs: number[] = []
    const job = handle(step, ({ n }) => (runs.push(n), { n }))
    await queue.enqueueMany(
      step,
      Array.from({ length: 100 }, (_, n) => ({ n })),
    )
    const [worker] = await Promise.all([startWorker([job], { concurrency: 2 }), runJobs(queue, [job], { concurrency: 5 })])
    await worker.stop()
    await runJobs(queue, [job])
    assert.deepEqual([runs.length, new Set(runs).size, (await queue.stats()).byStatus.completed], [100, 100, 100])
  }),

  queueCase('expect-enqueued', 'has its jobs found by expectEnqueued', async ({ queue }) => {
    await queue.enqueueMany(
      step,
      Array.from({ length: 20 }, (_, n) => ({ n })),
      { queue: 'bulk', delay: '1h', priority: 7 },
    )
    const [found] = await expectEnqueued(queue, step, { n: 7 }, { queue: 'bulk', delay: '1h', priority: 7, count: 1 })
    assert.equal(found?.data.n, 7)
    await expectEnqueued(queue, step, ({ n }) => n >= 10, { count: 10, status: ['scheduled'] })
    await expectNotEnqueued(queue, step, { n: 20 })
    await assert.rejects(expectEnqueued(queue, step, { n: 20 }), { name: 'AssertionError' })
  }),
]
