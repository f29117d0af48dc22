import { type } from 'arktype'
import * as v from 'valibot'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineJob, handle, JobQueue, typed, Worker, type JobDefinition } from '@dbjobq/core'
import { MemoryStorage } from '@dbjobq/core/memory'

interface Stored {
  user: { email: string }
  at: string
  tags?: string[] | undefined
}
interface Handled {
  user: { email: string }
  at: Date
  tags: string[]
}
const isAllowed = (email: string) => Promise.resolve(!email.startsWith('blocked'))

/** The same schema three times: it transforms, fills in a default, and asks asynchronously. */
const zodJob = defineJob({
  type: 'zod',
  data: z.object({
    user: z.object({ email: z.email().refine(isAllowed, 'is blocked') }),
    at: z.iso.datetime().transform((text) => new Date(text)),
    tags: z.array(z.string()).default([]),
  }),
  result: z.object({ sent: z.number().positive() }),
})
const valibotJob = defineJob({
  type: 'valibot',
  data: v.objectAsync({
    user: v.objectAsync({ email: v.pipeAsync(v.string(), v.email(), v.checkAsync(isAllowed, 'is blocked')) }),
    at: v.pipe(
      v.string(),
      v.isoTimestamp(),
      v.transform((text) => new Date(text)),
    ),
    tags: v.optional(v.array(v.string()), []),
  }),
  result: v.object({ sent: v.pipe(v.number(), v.minValue(1)) }),
})
/** Arktype has no asynchronous schemas. */
const arktypeJob = defineJob({
  type: 'arktype',
  data: type({ user: { email: 'string.email' }, at: 'string.date.iso.parse', tags: type('string[]').default(() => []) }),
  result: type({ sent: 'number > 0' }),
})

const queue = new JobQueue(new MemoryStorage())
const seen: Record<string, Handled[]> = { zod: [], valibot: [], arktype: [] }
const run = (name: string) => (data: Handled) => {
  seen[name]?.push(data)
  return { sent: data.tags.includes('none') ? 0 : 1, internal: true }
}
const worker = new Worker(queue, {
  jobs: [handle(zodJob, run('zod')), handle(valibotJob, run('valibot')), handle(arktypeJob, run('arktype'))],
  poll: { min: 10, max: 20 },
})
await queue.migrate()
await worker.start()
afterAll(async () => {
  await worker.stop()
  await queue.close()
})

const data: Stored = { user: { email: 'ada@example.com' }, at: '2026-01-02T03:04:05.000Z' }
const ended = (id: string) =>
  expect
    .poll(async () => (await queue.getJob(id))?.finishedAt, { timeout: 10_000 })
    .not.toBeNull()
    .then(() => queue.getJob(id))

describe.each<[string, JobDefinition<Stored, Handled, { sent: number }>]>([
  ['zod', zodJob],
  ['valibot', valibotJob],
  ['arktype', arktypeJob],
])('a schema of %s', (name, job) => {
  it('has its input stored, and its output handed to the handler', async () => {
    const done = await ended((await queue.enqueue(job, data)).id)
    expect(done).toMatchObject({ status: 'completed', data })
    expect(seen[name]).toEqual([{ user: data.user, at: new Date(data.at), tags: [] }])
  })

  it('refuses data that does not fit, and tells where', async () => {
    const attempt = (bad: unknown) =>
      queue.enqueue(job, bad as Stored).then(
        () => 'no error',
        (error: unknown) => error,
      )
    expect(await attempt({ ...data, user: { email: 7 } })).toMatchObject({
      code: 'VALIDATION_FAILED',
      message: expect.stringMatching(new RegExp(`^The data of ${name} does not fit its schema: user.email: .+\\.$`)) as string,
    })
    expect(await attempt({ ...data, tags: ['a', 7] })).toMatchObject({ message: expect.stringContaining('tags.1: ') as string })
    expect(await attempt({ ...data, at: 'soon' })).toMatchObject({ message: expect.stringContaining(': at: ') as string })
    expect(await attempt(null)).toMatchObject({ code: 'VALIDATION_FAILED' })
  })

  it('has its job fail for good when the result does not fit', async () => {
    const done = await ended((await queue.enqueue(job, { ...data, tags: ['none'] })).id)
    expect(done).toMatchObject({ status: 'failed', attempts: 1, result: null, errors: [{ code: 'VALIDATION_FAILED' }] })
    expect(done?.errors[0]?.message).toMatch(new RegExp(`^The result of ${name} does not fit its schema: sent: `))
  })
})

it('waits for asynchronous schemas, at enqueue', async () => {
  for (const job of [zodJob, valibotJob]) {
    await expect(queue.enqueue(job, { ...data, user: { email: 'blocked@example.com' } })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      message: expect.stringContaining('user.email: is blocked') as string,
    })
  }
})

it('fails a job for good whose data no longer fits after a deploy', async () => {
  const before = defineJob({ type: 'zod', data: typed<{ old: boolean }>() })
  const done = await ended((await queue.enqueue(before, { old: true })).id)
  expect(done).toMatchObject({ status: 'failed', attempts: 1, errors: [{ code: 'VALIDATION_FAILED' }] })
})

it('stores what a schema of the result answers', async () => {
  const done = await ended((await queue.enqueue(zodJob, data)).id)
  expect(done?.result).toEqual({ sent: 1 })
})
