import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { DbjobqError, defineJob, handle, PermanentError, Snooze, typed } from '@dbjobq/core'
import { performJob } from '@dbjobq/core/testing'

const trimmed = {
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate: (value: unknown) =>
      typeof value === 'string' ? { value: value.trim() } : { issues: [{ message: 'must be a text', path: ['here'] }] },
    types: undefined as { input: string; output: string } | undefined,
  },
}
const next = defineJob({ type: 'next', data: typed<{ n: number }>(), queue: 'others' })
const shout = defineJob({
  type: 'shout',
  data: trimmed,
  result: typed<{ text: string }>(),
  maxRetries: 1,
  run: async (text, ctx) => {
    await ctx.progress({ seen: text })
    await ctx.progress('done')
    await ctx.enqueue(next, { n: ctx.attempt }, { delay: '1m', priority: 8 })
    return { text: text.toUpperCase() }
  },
})
const now = new Date('2030-01-01T00:00:00Z')

describe('performJob', () => {
  it('runs a handler on validated data, and answers all that it did', async () => {
    expect(await performJob(shout, ' hey ', { now, attempt: 2 })).toEqual({
      outcome: 'completed',
      result: { text: 'HEY' },
      error: undefined,
      runAt: null,
      enqueued: [
        {
          type: 'next',
          queue: 'others',
          groupKey: null,
          priority: 8,
          data: { n: 2 },
          runAt: new Date('2030-01-01T00:01:00Z'),
          uniqueKey: null,
        },
      ],
      progress: [{ seen: 'hey' }, 'done'],
    })
  })

  it('refuses data that enqueue would refuse', async () => {
    await expect(performJob(shout, 1 as never)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' })
    await expect(
      performJob(
        handle(next, () => undefined),
        { n: Number.NaN },
      ),
    ).rejects.toMatchObject({ code: 'INVALID_PAYLOAD' })
  })

  it('makes an outcome of what a handler throws', async () => {
    const failing = (error: Error) =>
      defineJob({ type: 'failing', data: typed<null>(), maxRetries: 2, run: (): Promise<void> => Promise.reject(error) })
    const error = new TypeError('broken')
    const first = await performJob(failing(error), null, { now })
    expect(first).toMatchObject({ outcome: 'retrying', result: undefined, enqueued: [], runAt: new Date(now.getTime() + 2_000) })
    expect(first.error).toBe(error)
    expect(await performJob(failing(error), null, { attempt: 3 })).toMatchObject({ outcome: 'failed', runAt: null })
    expect(await performJob(failing(error), null, { maxRetries: 0 })).toMatchObject({ outcome: 'failed' })
    expect(await performJob(failing(new PermanentError('no')), null)).toMatchObject({ outcome: 'failed' })
    expect(await performJob(failing(new Snooze('1h')), null, { now })).toMatchObject({
      outcome: 'snoozed',
      error: undefined,
      runAt: new Date(now.getTime() + 3_600_000),
    })
  })

  it('fails for good with a result that cannot be stored', async () => {
    const job = handle(next, () => ({ n: 1n }) as never)
    expect(await performJob(job, { n: 1 })).toMatchObject({ outcome: 'failed', error: { code: 'INVALID_PAYLOAD' } })
  })

  it('aborts the run by a timeout, or as the signal says', async () => {
    const slow = defineJob({ type: 'slow', data: typed<null>(), timeout: 5, run: (_, { signal }) => pause(60_000, undefined, { signal }) })
    expect(await performJob(slow, null)).toMatchObject({ outcome: 'retrying', error: { code: 'JOB_TIMEOUT' } })
    const waits = handle(next, (_, { signal }) => pause(60_000, undefined, { signal }))
    expect(await performJob(waits, { n: 1 }, { signal: AbortSignal.abort() })).toMatchObject({ outcome: 'cancelled' })
    const controller = new AbortController()
    const run = performJob(waits, { n: 1 }, { signal: controller.signal })
    controller.abort(new DbjobqError('SHUTDOWN', 'stop'))
    expect(await run).toMatchObject({ outcome: 'released' })
    const lost = AbortSignal.abort(new DbjobqError('LEASE_LOST', 'gone'))
    expect(await performJob(waits, { n: 1 }, { signal: lost })).toMatchObject({ outcome: 'lost', error: { code: 'LEASE_LOST' } })
  })

  it('takes another context and what an earlier run saved', async () => {
    const told = defineJob({ type: 'told', data: typed<{ n: number }>(), result: typed<object>() })
    const job = handle(told, async (_, ctx) => {
      await ctx.progress('mine')
      return { id: ctx.id, last: ctx.lastProgress, retries: ctx.maxRetries }
    })
    const saved: unknown[] = []
    const performed = await performJob(
      job,
      { n: 1 },
      { lastProgress: { at: 3 }, context: { id: 'the-id', progress: (value) => Promise.resolve(void saved.push(value)) } },
    )
    expect(performed).toMatchObject({ result: { id: 'the-id', last: { at: 3 }, retries: 3 }, progress: [] })
    expect(saved).toEqual(['mine'])
  })

  it('refuses options that do not exist, and jobs without a handler', async () => {
    await expect(performJob(shout, 'a', { attempts: 1 } as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    await expect(performJob(next as never, {} as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  it('types data and result by the definition', () => {
    // @ts-expect-error -- not the data of the job
    const wrong = () => performJob(shout, { n: 1 })
    expectTypeOf(wrong).toBeFunction()
    const right = () => performJob(shout, 'a')
    expectTypeOf(right).returns.resolves.toHaveProperty('result').toEqualTypeOf<{ text: string } | undefined>()
  })
})
