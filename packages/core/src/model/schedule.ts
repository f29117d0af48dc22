import { decode } from './codec.js'
import { decodePolicy } from './policy.js'
import type { ScheduleRecord } from './schedule-record.js'

/** A schedule as users see it. */
export interface Schedule<Data = unknown> {
  id: string
  /** Of its jobs. */
  type: string
  data: Data
  queue: string
  priority: number
  groupKey: string | null
  maxRetries: number
  cron: string | null
  timezone: string | null
  dst: { gap: 'skip' | 'run-after'; overlap: 'first' | 'both' } | null
  /** ms */
  every: number | null
  startAt: Date | null
  endAt: Date | null
  missed: 'skip' | 'once' | 'all'
  maxMissed: number
  overlap: 'allow' | 'skip'
  createdAt: Date
  pausedAt: Date | null
  /** The last one that came; `runNow` is none. */
  lastTick: Date | null
  /** Null while it is paused, and after its end. */
  nextTick: Date | null
}

export function toSchedule<Data>(
  id: string,
  { spec, createdAt, pausedAt, lastTick }: ScheduleRecord,
  dueAt: number | null,
): Schedule<Data> {
  const { on, startAt, endAt } = spec.timing
  return {
    id,
    type: spec.type,
    data: decode(spec.data) as Data,
    queue: spec.queue,
    priority: spec.priority,
    groupKey: spec.groupKey,
    maxRetries: decodePolicy(spec.policy).maxRetries,
    cron: 'cron' in on ? on.cron : null,
    timezone: 'cron' in on ? on.timezone : null,
    dst: 'cron' in on ? { gap: on.gap, overlap: on.overlap } : null,
    every: 'every' in on ? on.every : null,
    startAt: date(startAt),
    endAt: date(endAt),
    missed: spec.missed,
    maxMissed: spec.maxMissed,
    overlap: spec.overlap,
    createdAt: new Date(createdAt),
    pausedAt: date(pausedAt),
    lastTick: date(lastTick),
    nextTick: date(dueAt),
  }
}

function date(time: number | null): Date | null {
  return time === null ? null : new Date(time)
}
