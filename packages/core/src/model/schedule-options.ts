import { aDate, aName, anInteger, anything, checkOptions, oneOf, type Check } from './check.js'
import type { JobDefinition } from './definition.js'
import { milliseconds, type Duration } from './duration.js'
import { DbjobqError } from './errors.js'
import { aRetryCount } from './policy.js'
import { aPriority } from './priority.js'
import { aCron, defaultDst } from './schedule-cron.js'
import { nextTickOf, type Timing } from './schedule-timing.js'
import { aTimeZone } from './schedule-zone.js'

/**
 * What becomes of wall clock times that summer time skips or repeats. Default: an expression that names its hours (`30 2 * * *`)
 * means times of the day, so `run-after` and `first`; one that does not (a `*` in its hour field) means the passing of time, so `skip` and `both`.
 */
export interface DstOptions {
  /** Times that are skipped: `run-after` ticks once for all of them when the gap ends; `skip` does not. */
  gap?: 'skip' | 'run-after'
  /** Times that come twice: tick the `first` time only, or `both` times. */
  overlap?: 'first' | 'both'
}

/** When it ticks: by a cron expression in a zone, or at a fixed distance. */
export type ScheduleTiming = (
  | {
      /** 5 fields, or 6 with seconds first, or a macro like `@daily`. */
      cron: string
      /** An IANA zone. Default `UTC`. */
      timezone?: string
      dst?: DstOptions
      every?: never
    }
  | {
      /** At least 1 s. Counted from `startAt`, else from the first upsert, without drift. */
      every: Duration
      cron?: never
      timezone?: never
      dst?: never
    }
) & {
  /** No tick before it; of `every` the first tick. */
  startAt?: Date
  /** No tick after it. */
  endAt?: Date
}

/** A schedule as `queue.schedules.upsert` takes it. What is absent of queue, priority and retries comes from the job's definition, now. */
export type ScheduleOptions<Input = unknown, Output = unknown, Result = unknown> = ScheduleTiming & {
  job: JobDefinition<Input, Output, Result>
  /** A value, which is stored; a function cannot be. What depends on the time a handler takes from `ctx.schedule`. */
  data: NoInfer<Input>
  /**
   * Of ticks that nobody ran at their time (all processes were down): `once` enqueues one job for all of them, `skip` none if the last of them
   * is more than 60 s old, `all` one for each. Default `once`.
   */
  missed?: 'skip' | 'once' | 'all'
  /** With `missed: 'all'`, the newest so many; older ones are dropped and told as trouble. 1 to 1,000. Default 100. */
  maxMissed?: number
  /** `skip`: no job while one of this schedule waits, runs, or will be retried. Default `allow`. */
  overlap?: 'allow' | 'skip'
  queue?: string
  priority?: number
  maxRetries?: number
  groupKey?: string
}

const everyAtLeast = 1_000

const anInterval: Check = (value, name) => {
  if (milliseconds(value as Duration, name) < everyAtLeast) {
    throw new DbjobqError('INVALID_OPTION', `${name} is less than 1 s. For work that never rests, let the job enqueue the next one.`)
  }
}

const aDst: Check = (value, name) => checkOptions(name, value, { gap: oneOf('skip', 'run-after'), overlap: oneOf('first', 'both') })

const optionChecks: Record<string, Check> = {
  job: anything,
  data: anything,
  cron: aCron,
  timezone: aTimeZone,
  dst: aDst,
  every: anInterval,
  startAt: aDate,
  endAt: aDate,
  missed: oneOf('skip', 'once', 'all'),
  maxMissed: anInteger(1, 1_000),
  overlap: oneOf('allow', 'skip'),
  queue: aName,
  priority: aPriority,
  maxRetries: aRetryCount,
  groupKey: aName,
}

/** @throws DbjobqError `INVALID_OPTION`, `INVALID_CRON`, `INVALID_TIMEZONE`, `INVALID_DURATION`, `INVALID_DATE`, `INVALID_NAME` */
export function checkSchedule(where: string, options: unknown): void {
  checkOptions(where, options, optionChecks)
  const { cron, every, timezone, dst, missed, maxMissed } = options as Record<string, unknown>
  if ((cron === undefined) === (every === undefined)) {
    throw new DbjobqError('INVALID_OPTION', `${where} takes either cron or every. Give one of them.`)
  }
  if (every !== undefined && (timezone !== undefined || dst !== undefined)) {
    const help = 'every counts the time that passes, the same in all zones'
    throw new DbjobqError('INVALID_OPTION', `${where}: timezone and dst go with cron; ${help}.`)
  }
  if (maxMissed !== undefined && missed !== 'all') {
    throw new DbjobqError('INVALID_OPTION', `${where}: maxMissed goes with missed: 'all'.`)
  }
  const { startAt, ...rest } = options as ScheduleTiming
  if (startAt && nextTickOf(timingOf({ ...rest, startAt }), 0)(startAt.getTime() - 1) === null) {
    throw new DbjobqError('INVALID_OPTION', `${where}: there is no tick between startAt and endAt. Move one of them.`)
  }
}

/** Of options that `checkSchedule` let pass. */
export function timingOf({ cron, timezone = 'UTC', dst, every, startAt, endAt }: ScheduleTiming): Timing {
  return {
    on: every === undefined ? { cron, timezone, ...defaultDst(cron), ...dst } : { every: milliseconds(every, 'every') },
    startAt: startAt?.getTime() ?? null,
    endAt: endAt?.getTime() ?? null,
  }
}
