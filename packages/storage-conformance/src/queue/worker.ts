import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { defineJob, handle, JobQueue, PermanentError, RetryLater, Snooze, typed, Worker } from '@dbjobq/core'
import { queueCase } from './queue-case.js'
import { step } from './step.js'
import { until } from './until.js'
import { watchedStorage } from './watched-storage.js'

export const workerCases = [
  queueCase('runs-jobs', 'has its jobs run once each, with results', async ({ queue, startWorker, ended }) => {
    const runs = new Map<number, number>()
    await startWorker([
      handle(step, async ({ n }) => {
        runs.set(n, (runs.get(n) ?? 0) + 1)
        await pause(n % 5)
        return { n: n * 2 }
      }),
    ])
    const answers = await queue.enqueueMany(
      step,
      Array.from({ length: 300 }, (_, n) => ({ n })),
    )
    await until('300 completions', async () => (await queue.stats()).byStatus.completed === 300)
    assert.deepEqual([runs.size, [...runs.values()].every((count) => count === 1)], [300, true])
    const job = await ended(answers[21]?.id ?? '')
    assert.deepEqual([job.status, job.result, job.attempts, job.errors], ['completed', { n: 42 }, 1, []])
    assert.ok(job.startedAt && job.finishedAt && job.deleteAt && job.startedAt <= job.finishedAt && job.finishedAt < job.deleteAt)
  }),

  queueCase('several-workers', 'shares its jobs between the workers of several processes', async ({ queue, openQueue, startWorker }) => {
    const runs: number[] = []
    const job = handle(step, ({ n }) => (runs.push(n), { n }))
    const others = await Promise.all(
      Array.from({ length: 3 }, async () => new Worker(await openQueue(), { jobs: [job], poll: { min: 20, max: 100 } })),
    )
    await queue.enqueueMany(
      step,
      Array.from({ length: 1_000 }, (_, n) => ({ n })),
    )
    await Promise.all([startWorker([job]), ...others.map((worker) => worker.start())])
    await until('1,000 completions', async () => (await queue.stats()).byStatus.completed === 1_000)
    await Promise.all(others.map((worker) => worker.stop()))
    assert.deepEqual([runs.length, new Set(runs).size], [1_000, 1_000])
  }),

  queueCase('retries', 'has a job that throws retried until it has failed for good', async ({ queue, startWorker, ended }) => {
    await startWorker([
      handle(step, () => {
        throw new TypeError('always')
      }),
    ])
    const job = await ended((await queue.enqueue(step, { n: 1 }, { maxRetries: 2 })).id)
    assert.deepEqual([job.status, job.attempts, job.errors.length], ['failed', 3, 3])
    assert.deepEqual(
      job.errors.map(({ attempt, name, message }) => [attempt, name, message]),
      [1, 2, 3].map((attempt) => [attempt, 'TypeError', 'always']),
    )
  }),

  queueCase('ends-early', 'has a job end as its handler throws: permanent, later, snoozed', async ({ queue, startWorker, ended }) => {
    const times: number[] = []
    await startWorker([
      handle(step, ({ n }, context) => {
        if (n === 1) throw new PermanentError('never')
        if (n === 2 && times.push(Date.now()) === 1) throw new RetryLater('300ms')
        if (n === 3 && context.lastProgress === null) return context.progress('seen').then(() => Promise.reject(new Snooze(50)))
        return { n }
      }),
    ])
    const [permanent, later, snoozed] = await queue.enqueueMany(step, [{ n: 1 }, { n: 2 }, { n: 3 }])
    const failed = await ended(permanent?.id ?? '')
    assert.deepEqual([failed.status, failed.attempts, failed.errors[0]?.name], ['failed', 1, 'PermanentError'])
    const retried = await ended(later?.id ?? '')
    assert.deepEqual([retried.status, retried.attempts, retried.errors.length], ['completed', 2, 1])
    assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 290, `retried after ${(times[1] ?? 0) - (times[0] ?? 0)} ms`)
    const job = await ended(snoozed?.id ?? '')
    assert.deepEqual([job.status, job.attempts, job.errors, job.progress], ['completed', 1, [], 'seen'])
  }),

  queueCase('odd-throws', 'keeps whatever a handler throws', async ({ queue, startWorker, ended }) => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('looked at')
        },
        has: () => {
          throw new Error('looked at')
        },
      },
    )
    const thrown: unknown[] = [
      null,
      undefined,
      'a text',
      { code: 7 },
      hostile,
      new Error('x'.repeat(1_000_000)),
      new AggregateError([new Error('one')], 'all'),
    ]
    await startWorker([
      handle(step, ({ n }) => {
        throw thrown[n]
      }),
    ])
    for (const n of thrown.keys()) {
      const job = await ended((await queue.enqueue(step, { n }, { maxRetries: 0 })).id)
      assert.deepEqual([job.status, job.errors.length], ['failed', 1])
      assert.ok(JSON.stringify(job.errors).length < 8_192)
    }
  }),

  queueCase('bad-result', 'fails a job for good whose result would not come back the same', async ({ queue, startWorker, ended }) => {
    await startWorker([handle(step, ({ n }) => ({ n: n === 1 ? NaN : (1n as unknown as number) }))])
    const job = await ended((await queue.enqueue(step, { n: 1 })).id)
    assert.deepEqual([job.status, job.attempts, job.errors[0]?.code], ['failed', 1, 'INVALID_PAYLOAD'])
  }),

  queueCase('timeout', 'has a job that takes too long aborted and retried', async ({ queue, startWorker, ended }) => {
    const slow = defineJob({ type: 'slow', data: typed<{ deaf: boolean }>(), timeout: 100, maxRetries: 1, backoff: { delay: 10 } })
    const reasons: unknown[] = []
    const worker = await startWorker([
      handle(slow, ({ deaf }, { signal }) =>
        deaf
          ? pause(3_000, undefined, { ref: false })
          : pause(60_000, undefined, { signal }).catch((error: unknown) => Promise.reject((reasons.push(signal.reason), error as Error))),
      ),
    ])
    const stuck: string[] = []
    worker.on('stuck', ({ id }) => stuck.push(id))
    const [polite, deaf] = await queue.enqueueMany(slow, [{ deaf: false }, { deaf: true }])
    for (const enqueued of [polite, deaf]) {
      const job = await ended(enqueued?.id ?? '')
      assert.deepEqual([job.status, job.attempts, job.errors.map(({ code }) => code)], ['failed', 2, ['JOB_TIMEOUT', 'JOB_TIMEOUT']])
    }
    assert.deepEqual(
      reasons.map((reason) => (reason as { code: string }).code),
      ['JOB_TIMEOUT', 'JOB_TIMEOUT'],
    )
    assert.deepEqual(new Set(stuck), new Set([deaf?.id]))
  }),

  queueCase('cancel-running', 'has a running job end when it is cancelled', async ({ queue, startWorker, ended }) => {
    let started = 0
    await startWorker([handle(step, (_, { signal }) => (started++, pause(60_000, { n: 0 }, { signal })))])
    const { id } = await queue.enqueue(step, { n: 1 })
    await until('the start', () => started === 1)
    assert.equal(await queue.cancel(id), 'requested')
    const job = await ended(id)
    assert.deepEqual([job.status, job.attempts, job.errors], ['cancelled', 1, []])
  }),

  queueCase(
    'cancel-from-elsewhere',
    'has a job cancelled that runs in another process, at its next heartbeat',
    async ({ queue, openQueue, startWorker, ended }) => {
      let started = 0
      await startWorker([handle(step, (_, { signal }) => (started++, pause(60_000, { n: 0 }, { signal })))], { lease: '3s' })
      const { id } = await queue.enqueue(step, { n: 1 })
      await until('the start', () => started === 1)
      assert.equal(await (await openQueue()).cancel(id), 'requested')
      assert.equal((await ended(id)).status, 'cancelled')
    },
  ),

  queueCase('order', 'has the best jobs run first: by priority, then by time', async ({ queue, startWorker }) => {
    const order: number[] = []
    await queue.enqueueMany(
      step,
      Array.from({ length: 20 }, (_, n) => ({ n })),
      { each: ({ n }) => ({ priority: n % 4 }) },
    )
    await startWorker([handle(step, ({ n }) => (order.push(n), { n }))], { concurrency: 1 })
    await until('20 runs', () => order.length === 20)
    const best = Array.from({ length: 20 }, (_, n) => n).sort((a, b) => (b % 4) - (a % 4) || a - b)
    assert.deepEqual(order, best)
  }),

  queueCase('delayed', 'has a delayed job run at its time, not before', async ({ queue, openQueue, startWorker }) => {
    const at = new Map<number, number>()
    await startWorker([handle(step, ({ n }) => (at.set(n, Date.now()), { n }))])
    const start = Date.now()
    await queue.enqueue(step, { n: 1 }, { delay: 400 })
    await (await openQueue()).enqueue(step, { n: 2 }, { runAt: new Date(start + 500) })
    await until('both', () => at.size === 2)
    for (const [n, due] of [
      [1, 400],
      [2, 500],
    ] as const) {
      const waited = (at.get(n) ?? 0) - start
      assert.ok(waited >= due - 20 && waited < due + 2_000, `job ${n}, due after ${due} ms, ran after ${waited} ms`)
    }
  }),

  queueCase('follow-ups', 'has the jobs that a handler enqueues if and only if it completes', async ({ queue, startWorker, ended }) => {
    const leaf = defineJob({ type: 'leaf', data: typed<{ of: number }>() })
    await startWorker([
      handle(leaf, () => undefined),
      handle(step, async ({ n }, context) => {
        await context.enqueue(leaf, { of: n }, { unique: { key: `${n % 2}` } })
        if (n === 3) throw new PermanentError('after enqueueing')
        return { n }
      }),
    ])
    const parent = await ended((await queue.enqueue(step, { n: 1 })).id)
    assert.equal(parent.status, 'completed')
    await ended((await queue.enqueue(step, { n: 3 })).id)
    await until('the leaf', async () => (await queue.listJobs({ type: ['leaf'], status: ['completed'] })).jobs.length === 1)
    assert.deepEqual(
      (await queue.listJobs({ type: ['leaf'] })).jobs.map(({ data }) => data),
      [{ of: 1 }],
    )
  }),

  queueCase(
    'wakes-at-once',
    'has what this process enqueues run at once, follow-ups too, however rarely it polls',
    async ({ queue, startWorker }) => {
      const seen: number[] = []
      const handler = handle(step, async ({ n }, context) => {
        seen.push(n)
        if (n < 5) await context.enqueue(step, { n: n + 1 }, n === 3 ? { delay: 50 } : {})
        return { n }
      })
      await startWorker([handler], { poll: { min: '1m', max: '1m' } })
      // The first look at the empty queue is over by then.
      await pause(100)
      await queue.enqueue(step, { n: 1 })
      await until('five runs', () => seen.length === 5)
      assert.deepEqual(seen, [1, 2, 3, 4, 5])
    },
  ),

  queueCase(
    'wakes-for-what-came-due',
    'has jobs run at once whose time came while they were written, however rarely the worker polls',
    async ({ openStorage, ended }) => {
      const slow = watchedStorage(
        await openStorage(),
        () => undefined,
        (member) => (['settleJobs', 'insertJobs'].includes(member) ? pause(150) : Promise.resolve()),
      )
      const queue = new JobQueue(slow)
      const leaf = defineJob({ type: 'leaf', data: typed<null>() })
      const handler = handle(step, async ({ n }, ctx) => {
        if (n === 1) await ctx.enqueue(leaf, null, { delay: 20 })
        if (n === 2 && ctx.attempt === 1) throw new RetryLater(20)
        return { n }
      })
      await using worker = new Worker(queue, { jobs: [handler, handle(leaf, () => undefined)], poll: { min: '1m', max: '1m' } })
      await worker.start()
      // The first look at the empty queue is over by then.
      await pause(100)
      for (const n of [1, 2]) assert.equal((await ended((await queue.enqueue(step, { n })).id)).status, 'completed')
      await until('the follow-up', async () => (await queue.listJobs({ job: leaf, status: ['completed'] })).jobs.length === 1)
      await ended((await queue.enqueue(step, { n: 3 }, { delay: 20 })).id)
      const together = await queue.enqueueMany(step, [{ n: 4 }, { n: 5 }], { each: ({ n }) => ({ delay: n === 5 ? 300 : 0 }) })
      for (const { id } of together) assert.equal((await ended(id)).status, 'completed')
    },
  ),

  queueCase(
    'foreign-types',
    'leaves a job of a type that the worker does not know to others, uncounted',
    async ({ queue, openQueue, startWorker, ended }) => {
      const foreign = defineJob({ type: 'foreign', data: typed<null>() })
      await startWorker([handle(step, ({ n }) => ({ n }))])
      const { id } = await queue.enqueue(foreign, null, { priority: 10 })
      await ended((await queue.enqueue(step, { n: 1 })).id)
      await until('it is given back', async () => (await queue.getJob(id))?.status === 'pending')
      assert.equal((await queue.getJob(id))?.attempts, 0)
      const worker = new Worker(await openQueue(), { jobs: [handle(foreign, () => undefined)], poll: { min: 20, max: 100 } })
      await worker.start()
      assert.deepEqual([(await ended(id)).status, (await queue.getJob(id))?.attempts], ['completed', 1])
      await worker.stop()
    },
  ),
]
