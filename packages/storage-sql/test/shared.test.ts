import { DbjobqError, StorageError } from '@dbjobq/core/storage'
import { checkCallTimeout, checkOptionNames, tableNames, withDeadline, withRetry } from '@dbjobq/storage-sql'
import { describe, expect, it } from 'vitest'

const contention = () => new StorageError('CONTENTION', 'busy', { retryable: true, applied: 'no' })
const isInvalid = (work: () => unknown) => {
  try {
    work()
    return false
  } catch (error) {
    return DbjobqError.isInstance(error, 'INVALID_OPTION')
  }
}

describe('options', () => {
  it('names the tables of a prefix, and refuses one that would need escaping or be cut', () => {
    expect(tableNames().jobs).toBe('dbjobq_jobs')
    expect(tableNames('p'.repeat(39)).migrations).toHaveLength(49)
    for (const prefix of ['', 'p'.repeat(40), 'a-b', 'ä', 'a"', 'a.b', 7, null]) expect(isInvalid(() => tableNames(prefix))).toBe(true)
  })

  it('refuses an unknown option by its name', () => {
    expect(() => checkOptionNames('X', { a: 1, b: 2 }, ['a'])).toThrow('X has no option "b". It knows: a.')
    for (const options of [null, undefined, 'text', 7]) expect(isInvalid(() => checkOptionNames('X', options, ['a']))).toBe(true)
  })

  it('takes whole milliseconds that a timer can wait', () => {
    expect(checkCallTimeout(undefined)).toBe(15_000)
    for (const value of [0, -1, 1.5, Number.NaN, 2 ** 31, '5', null]) expect(isInvalid(() => checkCallTimeout(value))).toBe(true)
  })
})

describe('withRetry', () => {
  it('runs the call again after contention', async () => {
    let runs = 0
    const call = () => (++runs < 4 ? Promise.reject(contention()) : runs)
    expect(await withRetry(call, { timeout: 5_000, longestPause: 1 })).toBe(4)
  })

  it('ends with the contention when the time is over', async () => {
    const error = contention()
    await expect(withRetry(() => Promise.reject(error), { timeout: 20, longestPause: 1 })).rejects.toBe(error)
  })

  it('passes any other error at once', async () => {
    let runs = 0
    const error = new Error('other')
    const call = () => {
      runs++
      throw error
    }
    await expect(withRetry(call, { timeout: 5_000 })).rejects.toBe(error)
    expect(runs).toBe(1)
  })
})

describe('withDeadline', () => {
  it('answers as the call does', async () => {
    expect(await withDeadline(1_000, () => Promise.resolve(7))).toBe(7)
    await expect(withDeadline(1_000, () => Promise.reject(new Error('other')))).rejects.toThrow('other')
  })

  it('rejects with TIMEOUT and aborts a call that does not end', async () => {
    let given: AbortSignal | undefined
    const call = withDeadline(10, (signal) => {
      given = signal
      return new Promise(() => undefined)
    })
    await expect(call).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true, applied: 'unknown' })
    expect(given?.aborted).toBe(true)
  })
})
