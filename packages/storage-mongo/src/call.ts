import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { StorageError } from '@dbjobq/core/storage'
import type { ClientSession } from 'mongodb'
import { toStorageError } from './errors.js'

/** What every operation of one attempt is given: the caller's or our own session, and the time it may take on the server. */
export interface Scope {
  session?: ClientSession
  maxTimeMS?: number
}

export interface Attempt {
  scope: Scope
  /** The same for all attempts of a call: what carries it was written by this call. */
  token: string
  /** `performance.now()` at the beginning of the call. */
  begin: number
  /** An earlier attempt failed, and may have written a part. */
  repeated: boolean
  /** An earlier attempt may have written all without being told so. */
  answerLost: boolean
}

export interface CallKind {
  writes: boolean
  /** It may take longer than `callTimeout`; no attempt begins after that. Default false. */
  isLong?: boolean
}

const longestPause = 100

/**
 * Runs `work` again as a whole on conflicts and lost connections, until `callTimeout` ms are over.
 * So every `work` must find what an earlier attempt of the same call wrote.
 */
export async function callWhole<T>(
  callTimeout: number,
  { writes, isLong = false }: CallKind,
  work: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const begin = performance.now()
  if (isLong) return attemptUntil(begin, begin + callTimeout, writes, work)
  const deadline = Promise.withResolvers<never>()
  // The driver's own `timeoutMS` has no effect in version 7, and a frozen primary would hold a call for half a minute.
  const timer = setTimeout(() => {
    const message = `MongoDB did not answer within ${callTimeout} ms (callTimeout).`
    deadline.reject(new StorageError('TIMEOUT', message, { retryable: true, applied: writes ? 'unknown' : 'no' }))
  }, callTimeout)
  try {
    return await Promise.race([attemptUntil(begin, begin + callTimeout, writes, work), deadline.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** What follows a write that stands: its failure must not read as if nothing was written. */
export async function afterWrite<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw withApplied(toStorageError(error), 'unknown')
  }
}

async function attemptUntil<T>(begin: number, end: number, writes: boolean, work: (attempt: Attempt) => Promise<T>): Promise<T> {
  const token = randomUUID()
  let answerLost = false
  for (let bound = 2, repeated = false; ; bound = Math.min(bound * 2, longestPause), repeated = true) {
    try {
      return await work({ scope: { maxTimeMS: Math.max(1, Math.ceil(end - performance.now())) }, token, begin, repeated, answerLost })
    } catch (cause) {
      const error = toStorageError(cause)
      answerLost ||= writes && error.applied === 'unknown'
      const pause = bound / 2 + (Math.random() * bound) / 2
      const partial = writes && error.code === 'CONTENTION'
      if (!worthAnotherTry(error, repeated) || performance.now() + pause > end)
        throw withApplied(error, answerLost || partial ? 'unknown' : 'no')
      await sleep(pause)
    }
  }
}

/** A server that was not there from the start was waited for long enough; one that was may be back after an election. */
function worthAnotherTry(error: StorageError, repeated: boolean): boolean {
  if (!repeated && error.cause instanceof Error && error.cause.name === 'MongoServerSelectionError') return false
  return error.retryable && (error.code === 'CONTENTION' || (error.code === 'UNAVAILABLE' && error.cause !== undefined))
}

function withApplied(error: StorageError, applied: 'no' | 'unknown'): StorageError {
  if (error.applied === applied) return error
  return new StorageError(error.code, error.message, { retryable: error.retryable, applied, cause: error.cause })
}
