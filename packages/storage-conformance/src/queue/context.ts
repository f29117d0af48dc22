import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { currentJob, handle, type JobContext, type Logger } from '@dbjobq/core'
import { queueCase } from './queue-case.js'
import { step } from './step.js'
import { until } from './until.js'

/** What a handler gets. */
export const contextCases = [
  queueCase(
    'context-job',
    'shows a handler its job: group, times, priority, the errors of earlier attempts',
    async ({ queue, startWorker, ended }) => {
      const seen: JobContext['job'][] = []
      await startWorker([
        handle(step, ({ n }, ctx) => {
          seen.push(ctx.job)
          assert.equal(ctx.job, ctx.job)
          if (ctx.attempt === 1) throw new TypeError('first')
          return { n }
        }),
      ])
      const { id } = await queue.enqueue(step, { n: 1 }, { groupKey: 'tenant-1', priority: 8 })
      const job = await ended(id)
      assert.deepEqual(
        seen.map(({ attempts, errors, status }) => [attempts, errors.map(({ name }) => name), status]),
        [
          [1, [], 'running'],
          [2, ['TypeError'], 'running'],
        ],
      )
      const last = seen[1]
      assert.ok(last?.startedAt)
      assert.deepEqual(
        [last.id, last.type, last.queue, last.groupKey, last.priority, last.data, last.createdAt, last.runAt],
        [id, 'step', 'default', 'tenant-1', 8, { n: 1 }, job.createdAt, job.runAt],
      )
    },
  ),

  queueCase(
    'context-current-job',
    'knows the current job anywhere below a handler, and none outside',
    async ({ queue, startWorker, ended }) => {
      const ids = new Map<string, (string | undefined)[]>()
      await startWorker([
        handle(step, async ({ n }, ctx) => {
          const before = currentJob()?.id
          await pause(n % 7)
          const after = await Promise.resolve().then(() => currentJob()?.id)
          const timer = await new Promise<string | undefined>((resolve) => setTimeout(() => resolve(currentJob()?.id), 1))
          ids.set(ctx.id, [before, after, timer])
          assert.equal(currentJob(), ctx)
          return { n }
        }),
      ])
      assert.equal(currentJob(), undefined)
      const answers = await queue.enqueueMany(
        step,
        Array.from({ length: 20 }, (_, n) => ({ n })),
      )
      for (const { id } of answers) assert.equal((await ended(id)).status, 'completed')
      assert.equal(currentJob(), undefined)
      for (const { id } of answers) assert.deepEqual(ids.get(id), [id, id, id])
    },
  ),

  queueCase(
    'context-log',
    'gives handlers the logger of the worker, with the fields of their job',
    async ({ queue, startWorker, ended }) => {
      const lines: object[] = []
      const line = (fields: object, message?: string) => lines.push({ ...fields, message })
      const plain: Logger = { debug: line, info: line, warn: line, error: line }
      const withChild: Logger = {
        ...plain,
        child: (bindings) => ({ ...plain, info: (fields, message) => line({ child: bindings, ...fields }, message) }),
      }
      const handler = handle(step, ({ n }, { log }) => {
        log.info({ n }, 'at work')
        return { n }
      })
      for (const [index, logger] of [plain, withChild, undefined].entries()) {
        const worker = await startWorker([handler], logger ? { logger } : {})
        const { id } = await queue.enqueue(step, { n: index })
        assert.equal((await ended(id)).status, 'completed')
        await worker.stop()
        const fields = { jobId: id, type: 'step', queue: 'default', attempt: 1 }
        const own = lines.splice(0).filter((entry) => 'n' in entry)
        const expected = [
          { ...fields, n: 0, message: 'at work' },
          { child: fields, n: 1, message: 'at work' },
        ][index]
        assert.deepEqual(own, expected ? [expected] : [])
      }
    },
  ),

  queueCase('context-worker-log', 'has the worker write failures to its logger', async ({ queue, startWorker, ended }) => {
    const lines: unknown[] = []
    const at = (level: string) => (fields: object) => 'jobId' in fields && lines.push([level, fields.jobId])
    await startWorker(
      [
        handle(step, () => {
          throw new Error('always')
        }),
      ],
      { logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } },
    )
    const { id } = await queue.enqueue(step, { n: 1 }, { maxRetries: 1 })
    await ended(id)
    await until('both lines', () => lines.length === 2)
    assert.deepEqual(lines, [
      ['warn', id],
      ['error', id],
    ])
  }),
]
