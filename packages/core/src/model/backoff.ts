import { aDuration, checkOptions, oneOf, type Check } from './check.js'
import { describe, milliseconds, type Duration } from './duration.js'
import { DbjobqError } from './errors.js'

/** How long to wait before a retry, by the number of the attempt that failed (1, 2, …). Default: exponential from 2 s, at most 1 h. */
export interface BackoffOptions {
  /** `exponential`: delay × 2^(attempt - 1). `linear`: delay × attempt. `fixed`: delay. Default `exponential`. */
  type?: 'exponential' | 'linear' | 'fixed'
  /** Default 2 s. */
  delay?: Duration
  /** Default 1 h. */
  max?: Duration
}

/** A delay, or false to give up now. `attempt` is the one that failed, from 1. */
export type BackoffFunction = (attempt: number, error: unknown) => Duration | false

/** As it is stored with a job; times in ms. */
export interface StoredBackoff {
  type: 'exponential' | 'linear' | 'fixed'
  delay: number
  max: number
}

export const defaultBackoff: StoredBackoff = { type: 'exponential', delay: 2_000, max: 3_600_000 }

export function backoffDelay({ type, delay, max }: StoredBackoff, attempt: number): number {
  const factor = type === 'exponential' ? 2 ** (attempt - 1) : type === 'linear' ? attempt : 1
  return Math.min(delay * factor, max)
}

export function storedBackoff(options: BackoffOptions): StoredBackoff {
  return {
    type: options.type ?? defaultBackoff.type,
    delay: options.delay === undefined ? defaultBackoff.delay : milliseconds(options.delay, 'backoff.delay'),
    max: options.max === undefined ? defaultBackoff.max : milliseconds(options.max, 'backoff.max'),
  }
}

export const aBackoff: Check = (value, name) => {
  if (typeof value === 'function') return
  if (typeof value !== 'object')
    throw new DbjobqError('INVALID_OPTION', `${name} is ${describe(value)}. It must be an object or a function.`)
  checkOptions(name, value, { type: oneOf('exponential', 'linear', 'fixed'), delay: aDuration, max: aDuration })
}
