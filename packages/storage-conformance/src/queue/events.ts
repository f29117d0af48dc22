import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { defineJob, handle, PermanentError, Snooze, typed, type AttemptContext, type Worker, type WorkerEvents } from '@dbjobq/core'
import { queueCase } from './queue-case.js'
import { step } from './step.js'
import { until } from './until.js'

const jobEvents = ['started', 'lastAttempt', 'progress', 'completed', 'retrying', 'failed', 'cancelled', 'snoozed', 'released'] as const
type Told = { name: (typeof jobEvents)[number] } & Record<string, unknown>

function listen(worker: Worker): Told[] {
  const told: Told[] = []
  for (const name of jobEvents) worker.on(name, (event: WorkerEvents[typeof name]) => told.push({ name, ...event }))
  return told
}

/** What workers tell. */
export const eventCases = [
  queueCase('events-life-of-a-job', 'has all that becomes of a job told, in order', async ({ queue, startWorker, ended }) => {
    const worker = await startWorker([
      handle(step, async ({ n }, ctx) => {
        if (ctx.lastProgress === null) {
          await ctx.progress({ at: n })
          throw new Snooze(10)
        }
        if (ctx.attempt === 1) throw new TypeError('first')
        await pause(30)
        return { n }
      }),
    ])
    const told = listen(worker)
    const { id } = await queue.enqueue(step, { n: 1 }, { maxRetries: 1 })
    await ended(id)
    await until('the last event', () => told.at(-1)?.name === 'completed')
    assert.ok(told.every((event) => event.id === id && event.type === 'step' && event.queue === 'default'))
    assert.deepEqual(
      told.map(({ name, attempt }) => `${name} ${String(attempt)}`),
      ['started 1', 'progress 1', 'snoozed 1', 'started 1', 'retrying 1', 'started 2', 'lastAttempt 2', 'completed 2'],
    )
    const [, progress, , , retrying, , , completed] = told
    assert.deepEqual([progress?.progress, retrying?.lastAttempt, completed?.result], [{ at: 1 }, true, { n: 1 }])
    assert.equal((retrying?.failure as { message?: string } | undefined)?.message, 'first')
    assert.ok((completed?.duration as number) >= 25 && (completed?.duration as number) < 5_000, `took ${String(completed?.duration)} ms`)
  }),

  queueCase('events-on-error', 'has every failed attempt told to onError, with what was thrown', async ({ queue, startWorker, ended }) => {
    const told: [unknown, AttemptContext][] = []
    const thrown = [new TypeError('first'), new PermanentError('second')]
    await startWorker(
      [
        handle(step, (_, { attempt }) => {
          throw thrown[attempt - 1] ?? new Error('third')
        }),
      ],
      { onError: (error, context) => told.push([error, context]) },
    )
    const { id } = await queue.enqueue(step, { n: 1 })
    await ended(id)
    await until('both', () => told.length === 2)
    assert.deepEqual(
      told.map(([error]) => error === thrown[0] || error === thrown[1]),
      [true, true],
    )
    const job = { id, type: 'step', queue: 'default' }
    assert.ok((told[0]?.[1].runAt ?? 0) > 0)
    assert.deepEqual(
      told.map(([, context]) => ({ ...context, runAt: context.runAt === null })),
      [
        { ...job, attempt: 1, willRetry: true, runAt: false },
        { ...job, attempt: 2, willRetry: false, runAt: true },
      ],
    )
  }),

  queueCase('events-bad-listeners', 'is not harmed by listeners that throw or reject', async ({ queue, startWorker, ended }) => {
    const unhandled: unknown[] = []
    const warnings: string[] = []
    const onUnhandled = (error: unknown) => unhandled.push(error)
    const onWarning = ({ code }: { code?: string }) => code === 'DBJOBQ_LISTENER' && warnings.push(code)
    process.on('unhandledRejection', onUnhandled)
    process.on('warning', onWarning)
    try {
      const bad = () => {
        throw new Error('a bad listener')
      }
      const rejecting = () => Promise.reject(new Error('a bad async listener'))
      const handler = handle(step, ({ n }, { attempt }) => {
        if (attempt === 1) throw new Error('first')
        return { n }
      })
      const worker = await startWorker([handler], { onError: rejecting })
      for (const name of [...jobEvents, 'workerStopped'] as const) {
        worker.on(name, bad)
        worker.on(name, rejecting)
      }
      const told = listen(worker)
      const job = await ended((await queue.enqueue(step, { n: 1 })).id)
      assert.deepEqual([job.status, job.attempts], ['completed', 2])
      await worker.stop()
      // Warnings and unhandled rejections come a turn later.
      await until('the warnings', () => warnings.length >= 2 * told.length + 3)
      assert.deepEqual(
        told.map(({ name }) => name),
        ['started', 'retrying', 'started', 'completed'],
      )
      assert.deepEqual(unhandled, [])
    } finally {
      process.off('unhandledRejection', onUnhandled)
      process.off('warning', onWarning)
    }
  }),

  queueCase(
    'events-bad-logger',
    'is not harmed by a logger that throws, nor by functions of definitions that do',
    async ({ queue, startWorker, ended }) => {
      const warnings: Error[] = []
      const onWarning = (warning: Error): void => void warnings.push(warning)
      process.on('warning', onWarning)
      const fail = (): never => {
        throw new Error('a bad logger')
      }
      const unsteady = defineJob({ type: 'unsteady', data: typed<null>(), maxRetries: 0, backoff: fail })
      try {
        const worker = await startWorker([handle(step, ({ n }) => ({ n })), handle(unsteady, () => Promise.reject(new Error('no')))], {
          logger: { debug: fail, info: fail, warn: fail, error: fail },
        })
        const failed = await ended((await queue.enqueue(unsteady, null)).id)
        assert.deepEqual([failed.status, failed.attempts, failed.errors[0]?.message], ['failed', 1, 'no'])
        assert.equal((await ended((await queue.enqueue(step, { n: 1 })).id)).status, 'completed')
        await worker.stop()
        await until('the warnings', () => warnings.filter(({ message }) => message.includes('a bad logger')).length >= 3)
      } finally {
        process.off('warning', onWarning)
      }
    },
  ),

  queueCase('events-worker', 'has the life of a worker told', async ({ startWorker }) => {
    const worker = await startWorker([handle(step, ({ n }) => ({ n }))])
    const told: string[] = []
    for (const name of ['workerPaused', 'workerResumed', 'workerStopped'] as const) {
      worker.on(name, ({ workerId }) => told.push(`${name} ${workerId === worker.status().workerId}`))
    }
    worker.pause()
    worker.pause()
    worker.resume()
    worker.resume()
    await worker.stop()
    await worker.stop()
    assert.deepEqual(told, ['workerPaused true', 'workerResumed true', 'workerStopped true'])
  }),

  queueCase(
    'events-blocked',
    'tells when the event loop stood still for more than half the lease',
    async ({ queue, startWorker, ended }) => {
      const worker = await startWorker(
        [
          handle(step, ({ n }) => {
            const end = performance.now() + n
            while (performance.now() < end);
            return { n }
          }),
        ],
        { lease: '3s' },
      )
      const blocked: number[] = []
      worker.on('blocked', ({ duration }) => blocked.push(duration))
      await ended((await queue.enqueue(step, { n: 2_300 })).id)
      await until('the event', () => blocked.length > 0)
      assert.ok((blocked[0] ?? 0) > 1_500, `${String(blocked[0])} ms`)
    },
  ),
]
