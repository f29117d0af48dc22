import { describe } from './duration.js'
import { DbjobqError } from './errors.js'
import { nextTickOf, type NextTick, type Timing } from './schedule-timing.js'

/** What was asked for, with every default filled in; what `upsert` compares. */
export interface ScheduleSpec {
  type: string
  queue: string
  priority: number
  groupKey: string | null
  /** As encoded for the jobs. */
  policy: string
  data: string
  timing: Timing
  missed: 'skip' | 'once' | 'all'
  maxMissed: number
  overlap: 'allow' | 'skip'
}

/** The text of a schedule's `State`; its next tick is the state's `dueAt`. Times in epoch ms. */
export interface ScheduleRecord {
  v: 1
  spec: ScheduleSpec
  createdAt: number
  pausedAt: number | null
  lastTick: number | null
}

export function encodeSchedule(record: ScheduleRecord): string {
  return JSON.stringify(record)
}

/** @throws DbjobqError `SCHEDULE_UNREADABLE` when newer code, or something else, wrote it */
export function decodeSchedule(id: string, text: string): { record: ScheduleRecord; next: NextTick } {
  let version: unknown
  try {
    const record = JSON.parse(text) as ScheduleRecord
    version = (record as { v: unknown }).v
    if (version !== 1) throw new Error(`it has version ${describe(version)}, this code knows 1`)
    return { record, next: nextTickOf(record.spec.timing, record.createdAt) }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const help = 'It is left as it is. Update this process, or delete the schedule.'
    throw new DbjobqError('SCHEDULE_UNREADABLE', `Schedule ${id} cannot be read: ${reason}. ${help}`, { cause })
  }
}

export function sameSpec(a: ScheduleSpec, b: ScheduleSpec): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

export function sameTiming(a: Timing, b: Timing): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
