import type { ScheduleRecord } from './schedule-record.js'
import { lastTicks, type NextTick } from './schedule-timing.js'

/** A tick that is this late is on time still: a worker was busy, or the database away for a moment. ms */
const grace = 60_000

export interface Due {
  /** Those that get a job. */
  ticks: number[]
  /** Some that should have got one were more than `maxMissed`. */
  dropped: boolean
  /** The first one that is not due yet; null when there is none. */
  next: number | null
}

/** What a schedule that is due at `dueAt` owes by `now`. */
export function dueTicks({ spec }: ScheduleRecord, next: NextTick, dueAt: number | null, now: number): Due {
  if (dueAt === null || dueAt > now) return { ticks: [], dropped: false, next: dueAt }
  const { ticks, more } = lastTicks(next, dueAt, now, spec.missed === 'all' ? spec.maxMissed : 1)
  const isOver = spec.missed === 'skip' && now - (ticks.at(-1) ?? 0) > grace
  return { ticks: isOver ? [] : ticks, dropped: spec.missed === 'all' && more, next: next(now) }
}
