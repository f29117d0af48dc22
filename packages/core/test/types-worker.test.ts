import { expectTypeOf, it } from 'vitest'
import {
  currentJob,
  defineJob,
  handle,
  typed,
  Worker,
  WorkerPool,
  type Job,
  type JobContext,
  type JobQueue,
  type Logger,
} from '@dbjobq/core'

const charge = defineJob({ type: 'charge', data: typed<{ cents: number }>(), result: typed<{ paid: boolean }>() })
interface Transaction {
  insert(row: object): Promise<void>
}

it('types what a handler gets from the result of its job', () => {
  handle(charge, async (data, ctx) => {
    expectTypeOf(ctx).toEqualTypeOf<JobContext<{ paid: boolean }>>()
    expectTypeOf(ctx.job).toEqualTypeOf<Readonly<Job>>()
    expectTypeOf(ctx.log).toEqualTypeOf<Logger>()
    // @ts-expect-error -- another result
    await ctx.complete({ paid: 1 }, { tx: {} })
    // @ts-expect-error -- without a transaction
    await ctx.complete({ paid: true })
    // @ts-expect-error -- the view of a job cannot be written
    ctx.job.priority = 1
    expectTypeOf(ctx.completeSync({ paid: true }, { tx: {} })).toEqualTypeOf<{ paid: boolean }>()
    return ctx.complete({ paid: true }, { tx: data })
  })
  handle(charge, (data, ctx) =>
    ctx.transaction(async (tx: Transaction) => {
      await tx.insert(data)
      return { paid: true }
    }),
  )
  handle(charge, (_, ctx) =>
    // @ts-expect-error -- another result
    ctx.transaction(() => ({ paid: 'yes' })),
  )
  defineJob({
    type: 'inline',
    data: typed<null>(),
    result: typed<number>(),
    run: (_, ctx) => ctx.complete(1, { tx: {} }),
  })
  // A helper that serves the handlers of any job.
  const anywhere = (_: unknown, ctx: JobContext) => ctx.progress(1).then(() => ({ paid: true }))
  handle(charge, anywhere)
  expectTypeOf(currentJob()).toEqualTypeOf<JobContext | undefined>()
})

it('types the options and events of workers', () => {
  const bound = handle(charge, () => ({ paid: true }))
  const make = (queue: JobQueue) => {
    const worker = new Worker(queue, {
      jobs: [bound],
      queues: { mails: { concurrency: 2 }, default: {} },
      poll: 'fast',
      logger: console,
      onError: async (error, context) => {
        expectTypeOf(error).toEqualTypeOf<unknown>()
        expectTypeOf(context).toEqualTypeOf<{
          id: string
          type: string
          queue: string
          attempt: number
          willRetry: boolean
          runAt: number | null
        }>()
        await Promise.resolve()
      },
    })
    worker.on('completed', async ({ duration, result }) => {
      expectTypeOf(duration).toEqualTypeOf<number>()
      expectTypeOf(result).toEqualTypeOf<unknown>()
      await Promise.resolve()
    })
    // @ts-expect-error -- no such event
    worker.on('finished', () => undefined)
    return [
      // @ts-expect-error -- no such preset
      new Worker(queue, { jobs: [bound], poll: 'faster' }),
      // @ts-expect-error -- an unbound job
      new Worker(queue, { jobs: [charge] }),
      // @ts-expect-error -- no logger
      new Worker(queue, { jobs: [bound], logger: { info: console.info } }),
      // @ts-expect-error -- signals are the pool's
      new WorkerPool(queue, [{ jobs: [bound], signals: true }]),
      new WorkerPool(queue, [{ jobs: [bound] }], { signals: true }),
    ]
  }
  expectTypeOf(make).toBeFunction()
})
