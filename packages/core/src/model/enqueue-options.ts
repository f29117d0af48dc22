import { aDate, aDuration, aName, anything, aSignal, checkOptions, type Check } from './check.js'
import { milliseconds, type Duration } from './duration.js'
import { DbjobqError } from './errors.js'
import { aRetryCount } from './policy.js'
import { aPriority } from './priority.js'
import { aUnique, type UniqueOptions } from './unique.js'

/** For one job; what is absent comes from its definition. */
export interface EnqueueOptions<Tx = never, Input = never> {
  /** Run it this much later. Not together with `runAt`. */
  delay?: Duration
  /** Run it from then on, 1970 to 9999; in the past means now. */
  runAt?: Date
  priority?: number
  maxRetries?: number
  queue?: string
  /** Tenant or entity; a filter. 1 to 128 of `[A-Za-z0-9._:/@-]`. */
  groupKey?: string
  /** Instead of what the definition says; false: not unique at all. */
  unique?: UniqueOptions<Input> | false
  /** Your own transaction: the job exists if and only if it commits. */
  tx?: Tx
  /** Aborted before the job was sent to the database, the call rejects with its reason and nothing is written; after that it has no effect. */
  signal?: AbortSignal
}

export const enqueueChecks: Record<string, Check> = {
  delay: aDuration,
  runAt: aDate,
  priority: aPriority,
  maxRetries: aRetryCount,
  queue: aName,
  groupKey: aName,
  unique: (value, name) => {
    if (value !== false) aUnique(value, name)
  },
  tx: anything,
  signal: aSignal,
}

/** @throws DbjobqError `INVALID_OPTION`, `INVALID_DURATION`, `INVALID_DATE`, `INVALID_NAME` */
export function checkEnqueueOptions(where: string, options: EnqueueOptions<unknown>): void {
  checkOptions(where, options, enqueueChecks)
  if (options.delay !== undefined && options.runAt !== undefined) {
    throw new DbjobqError('INVALID_OPTION', `${where}: delay and runAt exclude each other. Give one of them.`)
  }
}

/** Epoch ms. */
export function runAtOf(options: EnqueueOptions<unknown>, now: number): number {
  if (options.runAt) return options.runAt.getTime()
  return options.delay === undefined ? now : now + milliseconds(options.delay, 'delay')
}
