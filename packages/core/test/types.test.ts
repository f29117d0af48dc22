import { expectTypeOf, it } from 'vitest'
import { defineJob, handle, typed, Worker, type JobQueue } from '@dbjobq/core'

const send = defineJob({ type: 'send', data: typed<{ to: string; cc?: string }>(), result: typed<{ id: string }>() })

it('types jobs from the definition to the handler and the queue', () => {
  handle(send, (data) => {
    expectTypeOf(data).toEqualTypeOf<{ to: string; cc?: string }>()
    return { id: data.to }
  })
  // @ts-expect-error -- another result
  handle(send, () => ({ id: 1 }))
  // @ts-expect-error -- a Date does not survive as JSON
  typed<{ at: Date }>()
  // @ts-expect-error -- nor does a bigint, however deep
  typed<{ list: { n: bigint }[] }>()

  const enqueue = (queue: JobQueue<{ knex: true }>) => [
    queue.enqueue(send, { to: 'ada' }, { delay: '10m', tx: { knex: true } }),
    // @ts-expect-error -- a wrong payload
    queue.enqueue(send, { to: 1 }),
    // @ts-expect-error -- a property too many
    queue.enqueue(send, { to: 'ada', subject: 'x' }),
    // @ts-expect-error -- not a duration
    queue.enqueue(send, { to: 'ada' }, { delay: '10 minutes' }),
    // @ts-expect-error -- something else than a transaction
    queue.enqueue(send, { to: 'ada' }, { tx: { pool: true } }),
    // @ts-expect-error -- an option that does not exist
    queue.enqueue(send, { to: 'ada' }, { dely: 1 }),
  ]
  expectTypeOf(enqueue).toBeFunction()

  // A worker serves any queue, whatever transactions that takes.
  const work = (plain: JobQueue, other: JobQueue<{ knex: true }>) => [new Worker(plain, { jobs: [] }), new Worker(other, { jobs: [] })]
  expectTypeOf(work).toBeFunction()

  // A queue that takes more forms of a transaction fits where fewer are asked for, not the other way round.
  expectTypeOf<JobQueue<{ knex: true } | { pg: true }>>().toExtend<JobQueue<{ knex: true }>>()
  expectTypeOf<JobQueue<{ knex: true }>>().not.toExtend<JobQueue<{ knex: true } | { pg: true }>>()
})
