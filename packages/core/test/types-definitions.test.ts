import { type } from 'arktype'
import * as v from 'valibot'
import { expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { defineJob, handle, JobQueue, typed, Worker, type Enqueued } from '@dbjobq/core'
import { MemoryStorage } from '@dbjobq/core/memory'

const queue = new JobQueue(new MemoryStorage())
interface Tx {
  knex: true
}
declare const queueWithTx: JobQueue<Tx>

const job = defineJob({
  type: 'job',
  data: z.object({ to: z.string(), at: z.iso.datetime().transform((text) => new Date(text)), cc: z.string().optional() }),
  result: z.object({ id: z.string() }),
  priority: ({ to }) => (to === 'me' ? 10 : 1),
  unique: { by: ['to'], until: { window: '1h' }, onConflict: 'replace' },
  version: 2,
  migrate: (data, version) => ({ to: `${String(data)} ${version}`, at: '' }),
})
const data = { to: 'ada', at: '2026-01-01T00:00:00Z' }

/** Compiled, never run. */
const never = (body: () => unknown) => expectTypeOf(body).toBeFunction()

it('types schemas of every kind: input at enqueue, output in the handler', () => {
  handle(job, (output) => {
    expectTypeOf(output.at).toEqualTypeOf<Date>()
    return { id: output.to }
  })
  const ark = defineJob({ type: 'ark', data: type({ n: 'string.numeric.parse' }) })
  const vali = defineJob({ type: 'vali', data: v.object({ n: v.pipe(v.string(), v.transform(Number)) }) })
  handle(ark, ({ n }) => void expectTypeOf(n).toEqualTypeOf<number>())
  handle(vali, ({ n }) => void expectTypeOf(n).toEqualTypeOf<number>())
  never(() => [
    queue.enqueue(ark, { n: '1' }),
    queue.enqueue(vali, { n: '1' }),
    // @ts-expect-error -- the output is not what is enqueued
    queue.enqueue(ark, { n: 1 }),
    // @ts-expect-error -- nor here
    queue.enqueue(vali, { n: 1 }),
    // @ts-expect-error -- a wrong payload
    queue.enqueue(job, { ...data, to: 1 }),
    // @ts-expect-error -- a property too many
    queue.enqueue(job, { to: 'ada', at: '', subject: 'x' }),
    // @ts-expect-error -- one that is missing, in a list
    queue.enqueueMany(job, [{ to: 'ada' }]),
    // @ts-expect-error -- a result that does not fit its schema
    handle(job, () => ({ id: 1 })),
  ])
  // @ts-expect-error -- an unbound job
  never(() => new Worker(queue, { jobs: [job] }))
  never(() => expectTypeOf(queue.enqueue(job, data, { unique: false })).resolves.toExtend<Enqueued>())
})

it('types what a definition makes of its data', () => {
  const input = typed<{ n: number; text: string }>()
  defineJob({ type: 'a', data: input, priority: ({ n }) => n, unique: { by: ({ n, text }) => [n, text.length] } })
  never(() => [
    // @ts-expect-error -- a priority that is none
    defineJob({ type: 'a', data: input, priority: ({ text }) => text }),
    // @ts-expect-error -- a property that the data has not
    defineJob({ type: 'a', data: input, priority: ({ size }: { size: number }) => size }),
    // @ts-expect-error -- nor this
    defineJob({ type: 'a', data: input, unique: { by: ['m'] } }),
    // @ts-expect-error -- a key and by
    defineJob({ type: 'a', data: input, unique: { key: 'k', by: ['n'] } }),
    // @ts-expect-error -- neither
    defineJob({ type: 'a', data: input, unique: { until: 'settled' } }),
    // @ts-expect-error -- not a window
    defineJob({ type: 'a', data: input, unique: { key: 'k', until: { window: '1 hour' } } }),
    // @ts-expect-error -- a conflict that is none
    defineJob({ type: 'a', data: input, unique: { key: 'k', onConflict: 'fail' } }),
    // @ts-expect-error -- not lifted to the input
    defineJob({ type: 'a', data: input, version: 2, migrate: () => ({ n: 1 }) }),
    // @ts-expect-error -- a definition is unique or it is not
    defineJob({ type: 'a', data: input, unique: false }),
  ])
})

it('types the options of enqueueing', () => {
  const signal = new AbortController().signal
  never(() => [
    queue.enqueue(job, data, { unique: { by: ['to', 'cc'] }, signal }),
    queue.enqueue(job, data, { unique: { by: ({ to }) => to, until: 'started' } }),
    queue.enqueueMany(job, [data], { each: ({ to }) => ({ unique: { key: to } }) }),
    queueWithTx.enqueueSync(job, data, { tx: { knex: true } }),
    // @ts-expect-error -- no property of the data
    queue.enqueue(job, data, { unique: { by: ['bcc'] } }),
    // @ts-expect-error -- on or off is for the definition
    queue.enqueue(job, data, { unique: true }),
    // @ts-expect-error -- a synchronous call is within a transaction
    queueWithTx.enqueueSync(job, data, {}),
    // @ts-expect-error -- of the right kind
    queueWithTx.enqueueSync(job, data, { tx: { pool: true } }),
    // @ts-expect-error -- nothing can abort it
    queueWithTx.enqueueSync(job, data, { tx: { knex: true }, signal }),
    // @ts-expect-error -- the signal is for the whole call
    queue.enqueueMany(job, [data], { each: () => ({ signal }) }),
    // @ts-expect-error -- a storage without transactions
    queue.enqueue(job, data, { tx: { knex: true } }),
    queue.on('enqueued', ({ outcome }) => expectTypeOf(outcome).toEqualTypeOf<'enqueued' | 'duplicate' | 'replaced'>()),
    // @ts-expect-error -- no such event
    queue.on('stored', () => undefined),
  ])
})
