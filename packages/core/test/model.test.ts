import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffDelay, storedBackoff } from '../src/model/backoff.js'
import { decode, encode } from '../src/model/codec.js'
import { milliseconds, type Duration } from '../src/model/duration.js'
import { decodePolicy, defaultPolicy, encodePolicy } from '../src/model/policy.js'
import type { NewJob } from '../src/model/storage.js'
import { storedKey } from '../src/model/unique.js'
import { createdAt } from '../src/model/job.js'
import { batches, sizeOf } from '../src/runtime/queue/batches.js'
import { IdSource } from '../src/runtime/ids.js'

describe('durations', () => {
  it.each<[Duration, number]>([
    [0, 0],
    [1.4, 1],
    ['250ms', 250],
    ['1.5s', 1_500],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
  ])('%s is %i ms', (duration, expected) => {
    expect(milliseconds(duration, 'x')).toBe(expected)
  })

  it.each([-1, NaN, Infinity, '', '5', '5 s', '-5s', '1e3s', '5S', '10 minutes', null, {}])('%s is refused', (duration) => {
    expect(() => milliseconds(duration as Duration, 'x')).toThrow(expect.objectContaining({ code: 'INVALID_DURATION' }))
  })
})

describe('the codec', { timeout: 30_000 }, () => {
  it('brings every JSON value back the same', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        expect(JSON.stringify(decode(encode(value, 'x')))).toBe(JSON.stringify(value))
      }),
    )
  })

  it('writes only printable escapes for NUL and lone surrogates', () => {
    expect(encode('\u0000\ud800', 'x')).toBe('"\\u0000\\ud800"')
  })
})

describe('backoff', () => {
  it('grows as its type says, up to its maximum', () => {
    const delays = (type: 'exponential' | 'linear' | 'fixed') =>
      [1, 2, 3, 20].map((attempt) => backoffDelay(storedBackoff({ type, delay: '1s', max: '10s' }), attempt))
    expect(delays('exponential')).toEqual([1_000, 2_000, 4_000, 10_000])
    expect(delays('linear')).toEqual([1_000, 2_000, 3_000, 10_000])
    expect(delays('fixed')).toEqual([1_000, 1_000, 1_000, 1_000])
  })
})

describe('the policy of a job', () => {
  it('is stored as what differs from the defaults', () => {
    expect(encodePolicy(defaultPolicy)).toBe('{}')
    const policy = { ...defaultPolicy, maxRetries: 0, key: 'k' }
    expect(encodePolicy(policy)).toBe('{"maxRetries":0,"key":"k"}')
    expect(decodePolicy(encodePolicy(policy))).toEqual(policy)
  })
})

describe('unique keys', () => {
  it('are readable when they fit, hashed when not, and never shared by types', () => {
    expect(storedKey('mail', 'user-1')).toBe('mail user-1')
    expect(storedKey('mail', 'é')).toMatch(/^sha256 [0-9a-f]{64}$/)
    expect(storedKey('mail', 'x'.repeat(200))).toMatch(/^sha256 /)
    expect(storedKey('a:b', 'c')).not.toBe(storedKey('a', 'b:c'))
  })
})

describe('ids', { timeout: 30_000 }, () => {
  it('are UUIDv7s in ascending order, also with a clock that stands still or goes back', () => {
    const ids = new IdSource()
    const made = Array.from({ length: 20_000 }, (_, index) => ids.next(1_700_000_000_000 - (index % 3)))
    expect(made.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(true)
    expect([...made].sort()).toEqual(made)
    expect(new Set(made).size).toBe(made.length)
    expect(createdAt(made[0] ?? '')).toBe(1_700_000_000_000)
  })
})

describe('batches', { timeout: 30_000 }, () => {
  it('hold at most 1,000 jobs and 4 MiB, in order', () => {
    const job = (index: number) => ({
      job: { id: `${index}`, data: 'x'.repeat(index % 7 === 0 ? 1_000_000 : 10), options: '{}' } as NewJob,
    })
    const jobs = Array.from({ length: 2_500 }, (_, index) => job(index))
    const made = [...batches(jobs, (item) => sizeOf(item.job))]
    expect(made.flat()).toEqual(jobs)
    for (const batch of made) {
      expect(batch.length).toBeLessThanOrEqual(1_000)
      expect(batch.reduce((sum, { job: { data } }) => sum + data.length, 0)).toBeLessThanOrEqual(4 * 1024 * 1024)
    }
  })
})
