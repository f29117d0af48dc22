import type { JobStatus, NewJob } from '@dbjobq/core/storage'
import fc from 'fast-check'

/** The small world in which all steps move, so that they meet: names that differ in little, few keys, few moments. */
export const queues = ['q', 'Q', 'q.'] as const
export const types = ['t', 'T', 't-'] as const
export const workers = ['w', 'W', 'w/2'] as const
export const kinds = ['schedule', 'rate'] as const
export const stateIds = ['a', 'A', 'b'] as const
export const groupKeys = ['g', 'G'] as const
export const uniqueKeys = ['k', 'K', 'k ', '%'] as const
export const texts = ['', '{}', '"\'\\%_$.{}', 'ÄÖ\u00a0é🎉', '[null]'] as const
export const waiting: JobStatus[] = ['scheduled', 'pending']
export const final: JobStatus[] = ['completed', 'failed', 'cancelled']
export const statuses: JobStatus[] = [...waiting, 'running', ...final]

export const castSize = 16
const start = 1_700_000_000_000
const moments = 8

export const index = fc.nat(castSize - 1)
export const moment = fc.nat(moments)
export const some = <T>(items: readonly T[]) => fc.constantFrom(...items)
export const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 2 })

/** A time between two moments, so that none falls on a run-at. */
export const between = (at: number) => start + at * 1_000 + 500
/** The order of equal run-at times among scheduled jobs is free, so those differ; that of pending ones is not, so those meet. */
export const runAtOf = (at: number, status: JobStatus, id: string) =>
  start + at * 1_000 + (status === 'scheduled' ? Number.parseInt(id.slice(-4), 16) : 0)

/** The id of the job or claim number `count`, a UUIDv7 in ascending order. */
export const jobId = (count: number) => `01900000-0000-7000-8000-${count.toString(16).padStart(12, '0')}`
export const claimId = (count: number) => `01900000-0000-7000-9000-${count.toString(16).padStart(12, '0')}`

/** The jobs of one run. The same id always means the same job, as in core, but it may be inserted again and again. */
export const cast: fc.Arbitrary<NewJob[]> = fc
  .array(
    fc.record({
      queue: some(queues),
      type: some(types),
      groupKey: orNull(some(groupKeys)),
      priority: fc.constantFrom(-32_768, 0, 1, 32_767),
      status: fc.constantFrom('scheduled' as const, 'pending' as const, 'pending' as const),
      runAt: moment,
      uniqueKey: orNull(some(uniqueKeys)),
      keyUntil: fc.constantFrom('claim' as const, 'settlement' as const),
      data: some(texts),
      options: some(texts),
    }),
    { minLength: castSize, maxLength: castSize },
  )
  .map((jobs) => jobs.map((job, number) => ({ ...job, id: jobId(number), runAt: runAtOf(job.runAt, job.status, jobId(number)) })))
