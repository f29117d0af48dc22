import { aDuration, anInteger, checkOptions, type Check } from './check.js'
import { milliseconds, type Duration } from './duration.js'
import { DbjobqError } from './errors.js'

/** From which value on; false = never. */
export interface Level<Value> {
  degraded?: Value | false
  unhealthy?: Value | false
}

/** When a queue is called degraded or unhealthy. */
export interface HealthThresholds {
  /** How long the oldest pending job of a queue that is not paused may have been due. Default: degraded 1 min, unhealthy 10 min. */
  waiting?: Level<Duration>
  /** Failed jobs that are kept, 1 to 100,000. Default: degraded 1,000, never unhealthy. */
  failed?: Level<number>
  /** Running jobs whose worker has been gone for 30 s, 1 to 1,000: nobody rescues them. Default: degraded 1, unhealthy 100. */
  orphaned?: Level<number>
  /** Jobs that are due while no worker is alive, 1 to 100,000. Default: degraded 1, never unhealthy (`waiting` tells when it lasts). */
  unserved?: Level<number>
  /** How far the time of the database may be unknown to this process. Default: degraded 1 s, unhealthy 10 s. */
  clock?: Level<Duration>
}

export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy'

export interface HealthReason {
  code: 'DATABASE_UNUSABLE' | 'SCHEMA_OUTDATED' | 'JOBS_WAIT' | 'JOBS_FAILED' | 'JOBS_ORPHANED' | 'NO_WORKER' | 'CLOCK_INEXACT'
  status: 'degraded' | 'unhealthy'
  message: string
  /** What was found (times in ms), and from what value on it counts. */
  value: number
  threshold: number
  queue?: string
}

export interface Health {
  /** The worst of the reasons; `healthy` when there is none. */
  status: HealthStatus
  reasons: HealthReason[]
  /** By the clock of the database, as far as it is known. */
  checkedAt: Date
}

/** What was read. Times in ms. */
export interface HealthFacts {
  waiting: { queue: string; age: number }[]
  failed: number
  orphaned: number
  /** Jobs that are due, in queues that are not paused. */
  due: number
  liveWorkers: number
  clockError: number
}

type Levels = Record<keyof HealthThresholds, { degraded: number; unhealthy: number }>

const never = Number.POSITIVE_INFINITY
const defaults: Levels = {
  waiting: { degraded: 60_000, unhealthy: 600_000 },
  failed: { degraded: 1_000, unhealthy: never },
  orphaned: { degraded: 1, unhealthy: 100 },
  unserved: { degraded: 1, unhealthy: never },
  clock: { degraded: 1_000, unhealthy: 10_000 },
}

/** @throws DbjobqError `INVALID_OPTION`, `INVALID_DURATION` */
export function healthLevels(thresholds: HealthThresholds): Levels {
  const counts = { failed: anInteger(1, 100_000), unserved: anInteger(1, 100_000), orphaned: anInteger(1, 1_000) }
  checkOptions('health', thresholds, {
    waiting: aLevel(aDuration),
    clock: aLevel(aDuration),
    ...Object.fromEntries(Object.entries(counts).map(([name, check]) => [name, aLevel(check)])),
  })
  const names = Object.keys(defaults) as (keyof Levels)[]
  return Object.fromEntries(names.map((name) => [name, levelOf(name, thresholds[name] ?? {})])) as Levels
}

export function judge(facts: HealthFacts, levels: Levels): HealthReason[] {
  const { failed, orphaned, due, liveWorkers, clockError } = facts
  return [
    ...facts.waiting.flatMap(({ queue, age }) =>
      over(levels.waiting, age, 'JOBS_WAIT', `A job of the queue ${queue} has been due for ${age} ms.`, queue),
    ),
    ...over(levels.failed, failed, 'JOBS_FAILED', `${failed} failed jobs are kept. Look at queue.deadLetters, and retry or discard them.`),
    ...over(
      levels.orphaned,
      orphaned,
      'JOBS_ORPHANED',
      `${orphaned} jobs are running on workers that are gone, and no worker rescues them.`,
    ),
    ...over(levels.unserved, liveWorkers > 0 ? 0 : due, 'NO_WORKER', `${due} jobs are due and no worker is alive. Start one.`),
    ...over(levels.clock, clockError, 'CLOCK_INEXACT', `The time of the database is known to ${clockError} ms only: it answers slowly.`),
  ]
}

export function worst(reasons: HealthReason[]): HealthStatus {
  if (reasons.some(({ status }) => status === 'unhealthy')) return 'unhealthy'
  return reasons.length > 0 ? 'degraded' : 'healthy'
}

function over({ degraded, unhealthy }: Levels[keyof Levels], value: number, code: HealthReason['code'], message: string, queue?: string) {
  const status = value >= unhealthy ? 'unhealthy' : value >= degraded ? 'degraded' : undefined
  if (!status) return []
  const reason: HealthReason = { code, status, message, value, threshold: status === 'unhealthy' ? unhealthy : degraded }
  return [queue === undefined ? reason : { ...reason, queue }]
}

function levelOf(name: keyof Levels, level: Level<Duration>): Levels[keyof Levels] {
  const value = (key: keyof Level<Duration>): number => {
    const given = level[key]
    return given === undefined ? defaults[name][key] : given === false ? never : milliseconds(given, `health: ${name}.${key}`)
  }
  const levels = { degraded: value('degraded'), unhealthy: value('unhealthy') }
  if (level.degraded && level.unhealthy && levels.degraded > levels.unhealthy) {
    throw new DbjobqError('INVALID_OPTION', `health: ${name}.degraded is above ${name}.unhealthy. Give the smaller value to degraded.`)
  }
  return levels
}

function aLevel(check: Check): Check {
  const orFalse: Check = (value, name) => {
    if (value !== false) check(value, name)
  }
  return (value, name) => checkOptions(name, value, { degraded: orFalse, unhealthy: orFalse })
}
