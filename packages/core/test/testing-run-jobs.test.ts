import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { defineJob, handle, JobQueue, PermanentError, RetryLater, Snooze, typed, Worker } from '@dbjobq/core'
import { MemoryStorage } from '@dbjobq/core/memory'
import { createTestQueue, runJobs } from '@dbjobq/core/testing'

const step = defineJob({ type: 'step', data: typed<{ n: number }>(), result: typed<{ n: number }>() })
const other = defineJob({ type: 'other', data: typed<null>(), queue: 'others' })
const start = new Date('2030-01-01T00:00:00Z')

/** A test queue whose handler of `step` notes its data first. */
function recorded(run: (n: number, attempt: number) => unknown = () => undefined) {
  const ran: number[] = []
  const t = createTestQueue({
    now: start,
    jobs: [handle(step, async ({ n }, { attempt }) => (ran.push(n), await run(n, attempt), { n }))],
  })
  return { ...t, ran }
}

afterEach(() => vi.useRealTimers())

describe('runJobs', () => {
  it('runs what is due in the order of the queue, and reports it', async () => {
    const { queue, runJobs: run, ran } = recorded()
    await queue.enqueue(step, { n: 3 }, { priority: 1 })
    await queue.enqueue(step, { n: 2 })
    await queue.enqueue(step, { n: 1 }, { priority: 9 })
    await queue.enqueue(step, { n: 4 }, { delay: '1s' })
    const { jobs, runs, counts } = await run()
    expect(ran).toEqual([1, 2, 3])
    expect(runs).toEqual(jobs)
    expect(jobs[0]).toMatchObject({ type: 'step', queue: 'default', data: { n: 1 }, attempt: 1, outcome: 'completed', result: { n: 1 } })
    expect(counts).toEqual({ completed: 3, retrying: 0, failed: 0, snoozed: 0, released: 0, cancelled: 0, lost: 0 })
    expect((await queue.getJob(jobs[0]?.id ?? ''))?.finishedAt).toEqual(start)
  })

  it('runs follow-ups, and jobs that handlers enqueue, whatever queue they are in', async () => {
    const t = createTestQueue()
    const ran: string[] = []
    const jobs = [
      handle(step, async ({ n }, ctx) => {
        ran.push(`step ${n}`)
        if (n === 1) await ctx.enqueue(other, null)
        if (n === 1) await t.queue.enqueue(step, { n: 2 }, { queue: 'elsewhere' })
        return { n }
      }),
      handle(other, () => void ran.push('other')),
    ]
    await t.queue.enqueue(step, { n: 1 }, { queue: 'somewhere' })
    expect((await runJobs(t.queue, jobs)).jobs).toMatchObject(Array.from({ length: 3 }, () => ({ outcome: 'completed' })))
    expect(ran.sort()).toEqual(['other', 'step 1', 'step 2'])
  })

  it('leaves other queues and other types alone', async () => {
    const { queue, runJobs: run } = recorded()
    await queue.enqueue(step, { n: 1 })
    await queue.enqueue(other, null, { queue: 'default' })
    await queue.enqueue(step, { n: 2 }, { queue: 'elsewhere' })
    expect((await run({ queues: ['default'] })).jobs.map(({ data }) => data)).toEqual([{ n: 1 }])
    const { jobs } = await queue.listJobs({ status: ['pending'] })
    expect(jobs.map(({ attempts }) => attempts)).toEqual([0, 0])
  })

  it('leaves retries for their time, and runs them once the clock got there', async () => {
    const error = new TypeError('not yet')
    const { queue, clock, runJobs: run } = recorded((_, attempt) => attempt < 3 && Promise.reject(error))
    await queue.enqueue(step, { n: 1 })
    const first = (await run()).jobs[0]
    expect(first).toMatchObject({ outcome: 'retrying', attempt: 1, runAt: new Date(start.getTime() + 2_000) })
    expect(first?.error).toBe(error)
    expect((await run()).runs).toEqual([])
    clock.advance('1999ms')
    expect((await run()).runs).toEqual([])
    clock.advance(1)
    expect((await run()).counts.retrying).toBe(1)
    clock.advance('1h')
    expect((await run()).counts.completed).toBe(1)
  })

  it('with advance, runs to the end, in order of time', async () => {
    const times: string[] = []
    const {
      queue,
      clock,
      runJobs: run,
    } = recorded((n, attempt) => {
      times.push(`${n} at ${(clock.now.getTime() - start.getTime()) / 1_000}`)
      if (n === 1 && attempt < 3) throw new Error('again')
      if (n === 3 && times.length < 6) throw new Snooze('1h')
    })
    await queue.enqueue(step, { n: 1 })
    await queue.enqueue(step, { n: 2 }, { delay: '5s' })
    await queue.enqueue(step, { n: 3 }, { delay: '1d' })
    expect((await run({ advance: true })).counts.completed).toBe(3)
    expect(times).toEqual(['1 at 0', '1 at 2', '2 at 5', '1 at 6', '3 at 86400', '3 at 90000'])
  })

  it('with a duration to advance, stops there', async () => {
    const { queue, clock, runJobs: run, ran } = recorded()
    await queue.enqueue(step, { n: 1 }, { delay: '1h' })
    await queue.enqueue(step, { n: 2 }, { delay: '61m' })
    await run({ advance: '1h' })
    expect([ran, clock.now]).toEqual([[1], new Date(start.getTime() + 3_600_000)])
    await run({ advance: '30s' })
    expect([ran, clock.now]).toEqual([[1], new Date(start.getTime() + 3_630_000)])
  })

  it('tells each outcome as it is stored', async () => {
    const { queue, runJobs: run } = recorded((n) => {
      if (n === 1) throw new PermanentError('never')
      if (n === 2) throw new RetryLater('7s')
      if (n === 3) throw new Snooze('8s')
    })
    await queue.enqueueMany(step, [{ n: 1 }, { n: 2 }, { n: 3 }])
    const { jobs } = await run()
    expect(jobs.map(({ outcome, runAt, error }) => [outcome, runAt && runAt.getTime() - start.getTime(), error !== undefined])).toEqual([
      ['failed', null, true],
      ['retrying', 7_000, true],
      ['snoozed', 8_000, false],
    ])
  })

  it('rejects with the first failure where that is asked, after it was stored', async () => {
    const cause = new TypeError('broken')
    const { queue, runJobs: run } = recorded(() => Promise.reject(cause))
    const { id } = await queue.enqueue(step, { n: 1 })
    const error = await run({ throwOnFailure: true }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'JOB_FAILED', cause })
    expect((error as Error).message).toContain('broken')
    expect(await queue.getJob(id)).toMatchObject({ status: 'scheduled', attempts: 1 })
  })

  it('ends jobs that go on for ever, and gives back the one it did not run', async () => {
    const { queue, runJobs: run, ran } = recorded(() => Promise.reject(new Snooze(0)))
    const { id } = await queue.enqueue(step, { n: 1 })
    await expect(run({ maxRuns: 5 })).rejects.toMatchObject({ code: 'TOO_MANY_RUNS' })
    expect(ran.length).toBe(5)
    expect(await queue.getJob(id)).toMatchObject({ status: 'pending', attempts: 0 })
    await queue.cancel(id)
    await queue.enqueue(step, { n: 2 }, { runAt: start })
    await expect(run({ until: ({ data }) => (data as { n: number }).n === 2, maxRuns: 1 })).resolves.toMatchObject({ runs: [{}] })
  })

  it('needs no more than maxRuns runs', async () => {
    const { queue, runJobs: run } = recorded()
    await queue.enqueueMany(step, [{ n: 1 }, { n: 2 }])
    expect((await run({ maxRuns: 2 })).runs.length).toBe(2)
  })

  it('ends after the run that was waited for', async () => {
    const { queue, runJobs: run, ran } = recorded()
    await queue.enqueueMany(step, [{ n: 1 }, { n: 2 }, { n: 3 }])
    await run({ until: ({ data }) => (data as { n: number }).n === 2 })
    expect(ran).toEqual([1, 2])
    expect((await queue.stats()).byStatus).toMatchObject({ pending: 1, running: 0 })
  })

  it('hands running jobs back when it is aborted', async () => {
    const controller = new AbortController()
    const t = createTestQueue()
    const job = handle(step, async ({ n }, { signal }) => {
      controller.abort(new Error('enough'))
      await pause(60_000, undefined, { signal })
      return { n }
    })
    const { id } = await t.queue.enqueue(step, { n: 1 })
    await expect(runJobs(t.queue, [job], { signal: controller.signal })).rejects.toThrow('enough')
    expect(await t.queue.getJob(id)).toMatchObject({ status: 'pending', attempts: 0, errors: [] })
    await expect(runJobs(t.queue, [job], { signal: controller.signal })).rejects.toThrow('enough')
  })

  it('has a running job cancelled', async () => {
    const t = createTestQueue()
    const job = handle(step, async ({ n }, { id, signal }) => {
      await t.queue.cancel(id)
      expect((signal.reason as { code: string }).code).toBe('JOB_CANCELLED')
      return Promise.reject(new Error(`aborted ${n}`))
    })
    await t.queue.enqueue(step, { n: 1 })
    expect((await runJobs(t.queue, [job])).jobs).toMatchObject([{ outcome: 'cancelled', error: undefined }])
  })

  it('runs as many at a time as it may, and a job for which another waits', async () => {
    let release: () => void = () => undefined
    const released = new Promise<void>((resolve) => (release = resolve))
    const { queue, runJobs: run } = recorded(async (n) => {
      if (n === 1) await Promise.all([queue.enqueue(step, { n: 2 }), released])
      else release()
    })
    await queue.enqueue(step, { n: 1 })
    expect((await run({ concurrency: 2 })).jobs.map(({ data }) => data)).toEqual([{ n: 2 }, { n: 1 }])
  })

  it('runs jobs that once took their worker down, several at a time too', async () => {
    const storage = new MemoryStorage()
    const queue = new JobQueue(storage)
    await queue.migrate()
    await queue.enqueueMany(step, [{ n: 1 }, { n: 2 }, { n: 3 }])
    const claim = { claimId: 'claim', workerId: 'dead', limit: 3, queues: [{ name: 'default', limit: 3 }] }
    const errors = JSON.stringify([{ at: 0, attempt: 1, name: 'DbjobqError', code: 'WORKER_LOST', message: 'gone' }])
    const none = { startedAt: null, finishedAt: null, deleteAt: null, result: null }
    const { jobs } = await storage.claimJobs(claim)
    await storage.settleJobs(
      jobs.map(({ id, runAt }) => ({
        ...{ id, claimId: 'claim', status: 'pending' as const, runAt, attempts: 1, errors, releaseKey: false, forgetClaim: true },
        ...none,
      })),
    )
    const { runs } = await runJobs(queue, [handle(step, ({ n }) => ({ n }))], { concurrency: 2 })
    expect(runs.map(({ outcome, attempt }) => [outcome, attempt])).toEqual(Array.from({ length: 3 }, () => ['completed', 2]))
  })

  it('does not wait for fake timers', async () => {
    vi.useFakeTimers()
    const { queue, runJobs: run } = recorded((_, attempt) => attempt === 1 && Promise.reject(new Error('again')))
    await queue.enqueueMany(step, [{ n: 1 }, { n: 2 }])
    const { counts } = await run({ advance: true })
    expect([counts.completed, vi.getTimerCount()]).toEqual([2, 0])
  })

  it('refuses what it does not know', async () => {
    const { queue } = createTestQueue()
    const job = handle(step, ({ n }) => ({ n }))
    await expect(runJobs(queue, [])).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    await expect(runJobs(queue, [job, job])).rejects.toMatchObject({ code: 'DUPLICATE_JOB_TYPE' })
    await expect(runJobs(queue, [step as never])).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    await expect(runJobs({} as never, [job])).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    await expect(runJobs(queue, [job], { until: 'later' as never })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    await expect(runJobs(queue, [job], { maxRun: 1 } as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    await expect(runJobs(queue, [job], { advance: '1 hour' as never })).rejects.toMatchObject({ code: 'INVALID_DURATION' })
  })
})

describe('the clock of a test queue', () => {
  it('stands still, moves as told, and never back', async () => {
    const { queue, clock } = createTestQueue({ now: start })
    await pause(5)
    const { id } = await queue.enqueue(step, { n: 1 }, { delay: '10m' })
    expect(clock.advance('1h')).toEqual(new Date('2030-01-01T01:00:00Z'))
    const later = await queue.enqueue(step, { n: 2 })
    expect(await queue.getJob(id)).toMatchObject({ createdAt: start, runAt: new Date('2030-01-01T00:10:00Z') })
    expect(await queue.getJob(later.id)).toMatchObject({ createdAt: new Date('2030-01-01T01:00:00Z') })
    expect(clock.set(new Date('2031-01-01'))).toEqual(clock.now)
    expect(() => clock.set(start)).toThrow('does not go back')
    expect(() => createTestQueue({ now: new Date(Number.NaN) })).toThrow('createTestQueue: now')
  })

  it('serves a worker too', async () => {
    const { queue, clock } = createTestQueue({ now: start })
    await queue.enqueue(step, { n: 1 }, { delay: '1h' })
    clock.advance('1h')
    const { promise, resolve } = Promise.withResolvers<number>()
    await using worker = new Worker(queue, { jobs: [handle(step, ({ n }) => (resolve(n), { n }))] })
    await worker.start()
    expect(await promise).toBe(1)
  })

  it('is kept when the queue is cleared', async () => {
    const { queue, clock, clear } = createTestQueue({ now: start })
    await queue.enqueue(step, { n: 1 }, { unique: { key: 'k' } })
    clock.advance('1h')
    await clear()
    expect((await queue.listJobs()).jobs).toEqual([])
    expect((await queue.enqueue(step, { n: 1 }, { unique: { key: 'k' } })).outcome).toBe('enqueued')
    expect(clock.now).toEqual(new Date('2030-01-01T01:00:00Z'))
  })
})
