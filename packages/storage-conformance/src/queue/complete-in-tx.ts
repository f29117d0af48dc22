import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { defineJob, handle, typed, type JobContext, type Worker } from '@dbjobq/core'
import { inEveryForm, RollBack } from '../in-every-form.js'
import { queueCase, type QueueContext } from './queue-case.js'
import { step } from './step.js'
import { until } from './until.js'

const leaf = defineJob({ type: 'leaf', data: typed<null>(), queue: 'leaves' })
const done = { n: 7 }

/** Collects what the worker tells of jobs. */
function listen(worker: Worker): string[] {
  const told: string[] = []
  for (const name of ['completed', 'retrying', 'failed', 'cancelled', 'leaseLost'] as const)
    worker.on(name, ({ id }) => told.push(`${name} ${id}`))
  return told
}

/** Runs one job in each form of transaction; `work` gets a function that runs work in a transaction of that form. */
const inForms =
  (check: (context: QueueContext, run: NonNullable<QueueContext['subject']['transactions']>[string]) => Promise<void>) =>
  (context: QueueContext): Promise<void> =>
    inEveryForm(context, (run) => check(context, run))

export const completeInTxCases = [
  queueCase(
    'complete-commit',
    "completes a job in its handler's own transaction, with what it enqueued",
    inForms(async ({ queue, startWorker, ended }, run) => {
      const handler = handle(step, async (_, ctx) => {
        await ctx.enqueue(leaf, null)
        const answer = await run(async (tx) => {
          const completed = await ctx.complete(done, { tx })
          assert.equal((await queue.getJob(ctx.id))?.status, 'running')
          return completed
        })
        assert.deepEqual(answer, done)
        return { n: -1 }
      })
      const worker = await startWorker([handler])
      const told = listen(worker)
      const results: unknown[] = []
      worker.on('completed', ({ result }) => results.push(result))
      const { id } = await queue.enqueue(step, { n: 1 })
      const job = await ended(id)
      assert.deepEqual([job.status, job.result, job.attempts, job.errors], ['completed', done, 1, []])
      await until('the event', () => told.length > 0)
      await worker.stop()
      assert.deepEqual([told, results], [[`completed ${id}`], [done]])
      const leaves = await queue.listJobs({ queue: ['leaves'], status: ['pending'] })
      assert.equal(leaves.jobs.length, 1)
      await queue.cancel(leaves.jobs[0]?.id ?? '')
    }),
    ['transactions'],
  ),

  queueCase(
    'complete-rollback',
    'retries a job whose transaction was rolled back, whatever its handler returns',
    inForms(async ({ queue, startWorker, ended }, run) => {
      const handler = handle(step, async (_, ctx) => {
        await ctx.enqueue(leaf, null, { unique: { key: ctx.id } })
        await run(async (tx) => {
          await ctx.complete(done, { tx })
          if (ctx.attempt < 3) throw new RollBack('on purpose')
        }).catch((error: unknown) => {
          if (ctx.attempt === 2) throw error
        })
        return { n: -1 }
      })
      const worker = await startWorker([handler])
      const { id } = await queue.enqueue(step, { n: 1 })
      const job = await ended(id)
      assert.deepEqual([job.status, job.result, job.attempts], ['completed', done, 3])
      assert.deepEqual(
        job.errors.map(({ code, name }) => code ?? name),
        ['COMPLETION_NOT_COMMITTED', 'RollBack'],
      )
      await worker.stop()
      const leaves = await queue.listJobs({ queue: ['leaves'], status: ['pending'] })
      assert.equal(leaves.jobs.length, 1)
      await queue.cancel(leaves.jobs[0]?.id ?? '')
    }),
    ['transactions'],
  ),

  queueCase(
    'complete-once',
    'refuses a second completion, what would come after it, and nonsense; takes it again in a transaction that is repeated',
    inForms(async ({ queue, startWorker, ended }, run) => {
      const codes: unknown[] = []
      const refused = (call: () => unknown) =>
        Promise.resolve()
          .then(call)
          .then(
            () => codes.push('none'),
            (error: unknown) => codes.push((error as { code?: unknown }).code),
          )
      const handler = handle(step, async (_, ctx) => {
        await refused(() => ctx.complete(done, undefined as never))
        await refused(() => ctx.complete(done, {} as never))
        await refused(() => ctx.complete(done, { tx: 1 }))
        await refused(() => ctx.complete(done, { tx: {}, also: 1 } as never))
        await refused(() => run((tx) => ctx.complete({ n: NaN }, { tx })))
        await run(async (tx) => {
          await ctx.complete({ n: 0 }, { tx })
          throw new RollBack('as after a conflict')
        }).catch(() => undefined)
        await run(async (tx) => {
          await ctx.complete(done, { tx })
          await refused(() => ctx.complete({ n: 8 }, { tx }))
          await refused(() => ctx.enqueue(leaf, null))
          await refused(() => ctx.progress(1))
        })
        await refused(() => run((tx) => ctx.complete({ n: 9 }, { tx })))
        return { n: -1 }
      })
      const worker = await startWorker([handler])
      const job = await ended((await queue.enqueue(step, { n: 1 }, { maxRetries: 0 })).id)
      // The handler goes on a little after the commit.
      await worker.stop()
      const invalid = ['INVALID_OPTION', 'INVALID_OPTION', 'INVALID_TX', 'INVALID_OPTION', 'INVALID_PAYLOAD']
      assert.deepEqual(codes, [...invalid, 'JOB_STATE', 'JOB_STATE', 'JOB_STATE', 'JOB_STATE'])
      assert.deepEqual([job.status, job.result], ['completed', done])
    }),
    ['transactions'],
  ),

  queueCase(
    'complete-lost',
    'refuses the completion of a job that another has by now, so that its transaction rolls back',
    inForms(async ({ queue, openStorage, startWorker, ended }, run) => {
      const storage = await openStorage()
      const codes: unknown[] = []
      const handler = handle(step, async ({ n }, ctx) => {
        if (ctx.attempt > 1) return { n }
        const [row] = await storage.findJobs({ ids: [ctx.id] }, { limit: 1 })
        assert.ok(row)
        const { id, claimId, runAt } = row
        const settled = { startedAt: null, finishedAt: null, deleteAt: null, result: null, errors: null }
        const rescue = {
          ...settled,
          id,
          claimId: claimId ?? '',
          status: 'pending' as const,
          runAt,
          attempts: 1,
          releaseKey: false,
          forgetClaim: true,
        }
        assert.deepEqual(await storage.settleJobs([rescue]), ['settled'])
        await run(async (tx) => {
          await queue.enqueue(leaf, null, { tx: tx as never })
          await ctx.complete(done, { tx })
        }).catch((error: unknown) => codes.push((error as { code?: unknown }).code))
        return { n }
      })
      const worker = await startWorker([handler], { concurrency: 1 })
      const told = listen(worker)
      const { id } = await queue.enqueue(step, { n: 3 })
      const job = await ended(id)
      assert.deepEqual([job.status, job.result, job.attempts, codes], ['completed', { n: 3 }, 2, ['LEASE_LOST']])
      await worker.stop()
      assert.deepEqual(told, [`leaseLost ${id}`, `completed ${id}`])
      assert.deepEqual((await queue.listJobs({ queue: ['leaves'] })).jobs, [])
    }),
    ['transactions'],
  ),

  queueCase(
    'complete-cancel-loses',
    'has a job completed whose cancel came while its transaction was open',
    inForms(async ({ queue, startWorker, ended }, run) => {
      let isInside = false
      const handler = handle(step, async (_, ctx) => {
        await run(async (tx) => {
          isInside = true
          await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve, { once: true }))
          await ctx.complete(done, { tx })
        })
        return { n: -1 }
      })
      const worker = await startWorker([handler])
      const { id } = await queue.enqueue(step, { n: 1 })
      await until('the transaction', () => isInside)
      assert.equal(await queue.cancel(id), 'requested')
      assert.deepEqual([(await ended(id)).status, (await ended(id)).result], ['completed', done])
      await worker.stop()
    }),
    ['transactions'],
  ),

  queueCase(
    'complete-slow-commit',
    'waits for a transaction that holds its completion, past the timeout and through heartbeats',
    async ({ queue, startWorker, ended, subject }) => {
      const [run] = Object.values(subject.transactions ?? {})
      assert.ok(run)
      const slow = defineJob({ type: 'slow', data: typed<null>(), result: typed<{ n: number }>(), timeout: 200, maxRetries: 1 })
      let isInside = false
      const handler = handle(slow, async (_, ctx) => {
        await run(async (tx) => {
          await ctx.complete(done, { tx })
          isInside = true
          // Deaf to its signal, for longer than the grace and several beats.
          await pause(2_500)
        })
        return { n: -1 }
      })
      const worker = await startWorker([handler], { lease: '3s' })
      const told = listen(worker)
      const stuck: string[] = []
      worker.on('stuck', ({ id }) => stuck.push(id))
      const { id } = await queue.enqueue(slow, null)
      await until('the transaction', () => isInside)
      await until('it is told as stuck', () => stuck.length === 1)
      assert.equal(worker.activeJobs, 1, 'it keeps its slot')
      const job = await ended(id)
      assert.deepEqual([job.status, job.attempts, job.errors, stuck], ['completed', 1, [], [id]])
      await worker.stop()
      assert.deepEqual(told, [`completed ${id}`])
    },
    ['transactions'],
  ),

  queueCase(
    'complete-left-behind',
    'lets a worker stop beside a transaction that holds a completion, and has the job completed when that commits',
    async ({ queue, startWorker, ended, subject }) => {
      const [run] = Object.values(subject.transactions ?? {})
      assert.ok(run)
      let isInside = false
      const handler = handle(step, async (_, ctx) => {
        await run(async (tx) => {
          await ctx.complete(done, { tx })
          isInside = true
          // Deaf to its signal.
          await pause(2_500)
        })
        return { n: -1 }
      })
      const worker = await startWorker([handler])
      const { id } = await queue.enqueue(step, { n: 1 })
      await until('the transaction', () => isInside)
      await worker.stop({ timeout: 0 })
      const job = await ended(id)
      assert.deepEqual([job.status, job.result, job.attempts], ['completed', done, 1])
    },
    ['transactions'],
  ),

  queueCase(
    'complete-transaction',
    'runs the work of ctx.transaction in a transaction that completes the job, or in none',
    async ({ queue, startWorker, ended }) => {
      const handler = handle(step, ({ n }, ctx) =>
        ctx.transaction(async (tx) => {
          await queue.enqueue(leaf, null, { tx: tx as never })
          if (ctx.attempt === 1) throw new TypeError('not yet')
          return { n: n * 2 }
        }),
      )
      await startWorker([handler])
      const job = await ended((await queue.enqueue(step, { n: 4 })).id)
      assert.deepEqual([job.status, job.result, job.attempts, job.errors[0]?.name], ['completed', { n: 8 }, 2, 'TypeError'])
      assert.equal((await queue.listJobs({ queue: ['leaves'] })).jobs.length, 1)
    },
    ['transactions'],
  ),

  queueCase(
    'complete-transaction-long',
    'lets ctx.transaction go on over beats of the lease, in one attempt',
    async ({ queue, startWorker, ended }) => {
      const handler = handle(step, ({ n }, ctx) =>
        ctx.transaction(async (tx) => {
          await queue.enqueue(leaf, null, { tx: tx as never })
          // A beat comes every 500 ms.
          await pause(1_200)
          return { n: n * 2 }
        }),
      )
      await startWorker([handler], { lease: '3s' })
      const job = await ended((await queue.enqueue(step, { n: 4 })).id)
      assert.deepEqual([job.status, job.result, job.attempts], ['completed', { n: 8 }, 1])
    },
    ['transactions'],
  ),

  queueCase(
    'complete-sync',
    'completes a job in a synchronous transaction, or leaves it running when that throws',
    async ({ queue, startWorker, ended, subject }) => {
      const run = subject.syncTransaction ?? assert.fail('Subject.syncTransaction')
      const codes: unknown[] = []
      const handler = handle(step, async (_, ctx) => {
        await run((tx) => {
          assert.deepEqual(ctx.completeSync(done, { tx }), done)
          try {
            ctx.completeSync({ n: 8 }, { tx })
          } catch (error) {
            codes.push((error as { code?: unknown }).code)
          }
          if (ctx.attempt === 1) throw new RollBack('on purpose')
        }).catch((error: unknown) => {
          if (!(error instanceof RollBack)) throw error
        })
        return { n: -1 }
      })
      await startWorker([handler])
      const job = await ended((await queue.enqueue(step, { n: 1 })).id)
      assert.deepEqual([job.status, job.result, job.attempts, job.errors[0]?.code], ['completed', done, 2, 'COMPLETION_NOT_COMMITTED'])
      assert.deepEqual(codes, ['JOB_STATE', 'JOB_STATE'])
    },
    ['sync'],
  ),

  queueCase(
    'complete-unsupported',
    'refuses completions in transactions that it does not have, and runs the job on',
    async ({ queue, startWorker, ended }) => {
      const codes: unknown[] = []
      const attempt = async (call: (ctx: JobContext<{ n: number }>) => unknown, ctx: JobContext<{ n: number }>) => {
        try {
          await call(ctx)
        } catch (error) {
          codes.push((error as { code?: unknown }).code)
        }
      }
      const handler = handle(step, async ({ n }, ctx) => {
        await attempt(() => ctx.complete(done, { tx: {} }), ctx)
        await attempt(() => ctx.completeSync(done, { tx: {} }), ctx)
        await attempt(() => ctx.transaction(() => done), ctx)
        await ctx.enqueue(leaf, null)
        return { n }
      })
      await startWorker([handler])
      const job = await ended((await queue.enqueue(step, { n: 4 })).id)
      assert.deepEqual([job.status, job.result, codes], ['completed', { n: 4 }, ['UNSUPPORTED', 'UNSUPPORTED', 'UNSUPPORTED']])
    },
    ['no-transactions'],
  ),
]
