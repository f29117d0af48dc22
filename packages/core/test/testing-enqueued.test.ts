import { AssertionError } from 'node:assert'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { defineJob, typed, type JobQueue } from '@dbjobq/core'
import { createTestQueue, enqueued, expectEnqueued, expectNotEnqueued } from '@dbjobq/core/testing'

const send = defineJob({ type: 'send', data: typed<{ to: { name: string; tags?: string[] }; n: number }>() })
const other = defineJob({ type: 'other', data: typed<null>() })

const failed = async (assertion: Promise<unknown>): Promise<AssertionError> => {
  const error: unknown = await assertion.then(
    () => new Error('it passed'),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(AssertionError)
  return error as AssertionError
}

describe('expectEnqueued', () => {
  it('finds jobs by a part of their data, or by a predicate', async () => {
    const { queue } = createTestQueue()
    await queue.enqueue(send, { to: { name: 'ada', tags: ['a', 'b'] }, n: 1 })
    await queue.enqueue(send, { to: { name: 'bob' }, n: 2 })
    const [ada] = await expectEnqueued(queue, send, { to: { name: 'ada' } })
    expect(ada?.data.n).toBe(1)
    await expectEnqueued(queue, send, { to: { tags: ['a', 'b'] } }, { count: 1 })
    await expectEnqueued(queue, send, ({ n }) => n > 0, { count: 2 })
    await expectEnqueued(queue, send)
    await failed(expectEnqueued(queue, send, { to: { tags: ['a'] } }))
    await failed(expectEnqueued(queue, send, { to: { name: 'ada' }, n: 2 }))
    await failed(expectEnqueued(queue, send, undefined, { count: 3 }))
    await expectEnqueued(queue, other, undefined, { count: 0 })
  })

  it('finds jobs by what else they are', async () => {
    const { queue, clock } = createTestQueue()
    const data = { to: { name: 'ada' }, n: 1 }
    const runAt = new Date(clock.now.getTime() + 5_000)
    await queue.enqueue(send, data, { queue: 'mail', priority: 9, delay: '5s', groupKey: 'g' })
    const exact = { queue: 'mail', groupKey: 'g', priority: 9, delay: '5s', runAt, status: ['scheduled'], count: 1 } as const
    await expectEnqueued(queue, send, data, { ...exact, status: ['scheduled'] })
    for (const wrong of [
      { queue: 'default' },
      { groupKey: 'h' },
      { priority: 5 },
      { delay: 0 },
      { runAt: clock.now },
      { status: ['pending'] as 'pending'[] },
    ]) {
      await failed(expectEnqueued(queue, send, data, wrong))
      await expectNotEnqueued(queue, send, data, wrong)
    }
  })

  it('shows what is there instead, and not too much of it', async () => {
    const { queue } = createTestQueue()
    expect((await failed(expectEnqueued(queue, send, { n: 1 }))).message).toBe(
      'expected a job send whose data has { n: 1 }, found 0. The queue is empty.',
    )
    await queue.enqueue(other, null)
    expect((await failed(expectEnqueued(queue, send))).message).toBe(
      "expected a job send, found 0. There is no job send; there are jobs of [ 'other' ].",
    )
    await queue.enqueueMany(
      send,
      Array.from({ length: 100 }, (_, n) => ({ to: { name: 'x'.repeat(10_000) }, n })),
    )
    const { message, actual, expected } = await failed(expectEnqueued(queue, send, ({ n }) => n < 5, { count: 1, queue: 'default' }))
    expect(message).toContain("expected 1 job send whose data fits the predicate with { queue: 'default' }, found 5. Jobs send:\n  pending")
    expect(message).toContain('and 90 more')
    expect([actual, expected, message.length < 4_000]).toEqual([5, 1, true])
  })

  it('refuses options and jobs that do not exist', async () => {
    const { queue } = createTestQueue()
    await expect(expectEnqueued(queue, send, undefined, { cuont: 1 } as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    await expect(expectNotEnqueued(queue, send, undefined, { count: 1 } as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    await expect(expectEnqueued(queue, {} as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})

describe('expectNotEnqueued', () => {
  it('shows the job that should not be there', async () => {
    const { queue } = createTestQueue()
    await expectNotEnqueued(queue, send)
    await queue.enqueue(send, { to: { name: 'ada' }, n: 1 })
    await expectNotEnqueued(queue, send, { n: 2 })
    expect((await failed(expectNotEnqueued(queue, send, { n: 1 }))).message).toBe(
      "expected no job send whose data has { n: 1 }, found 1. Jobs send:\n  pending in default, priority 5, after 0 ms: { to: { name: 'ada' }, n: 1 }",
    )
  })
})

describe('enqueued', () => {
  it('lists all jobs, typed by their definition', async () => {
    const { queue } = createTestQueue()
    await queue.enqueueMany(
      send,
      Array.from({ length: 2_100 }, (_, n) => ({ to: { name: 'ada' }, n })),
    )
    await queue.enqueue(other, null)
    const jobs = await enqueued(queue, send)
    expect(jobs.map(({ data }) => data.n)).toEqual(Array.from({ length: 2_100 }, (_, n) => n))
    expect((await enqueued(queue)).length).toBe(2_101)
  })
})

it('types matches by the data of the job', () => {
  const use = (queue: JobQueue, withTx: JobQueue<{ knex: true }>) => [
    expectEnqueued(withTx, send, { to: { name: 'ada' } }),
    // @ts-expect-error -- another type
    expectEnqueued(queue, send, { n: 'one' }),
    // @ts-expect-error -- a property too many
    expectEnqueued(queue, send, { from: 'ada' }),
    // @ts-expect-error -- not a duration
    expectEnqueued(queue, send, {}, { delay: '10 minutes' }),
  ]
  expectTypeOf(use).toBeFunction()
  expectTypeOf(expectEnqueued<{ a: 1 }, { a: 1 }, { b: 2 }>)
    .returns.resolves.items.toHaveProperty('data')
    .toEqualTypeOf<{ a: 1 }>()
})
