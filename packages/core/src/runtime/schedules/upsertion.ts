import { sameSpec, sameTiming, type ScheduleSpec } from '../../model/schedule-record.js'
import { nextTickOf } from '../../model/schedule-timing.js'
import type { IdSource } from '../ids.js'
import { advance } from './advance.js'
import type { Change } from './states.js'

/** What `upsert` makes of what it finds. */
export function upsertion(id: string, spec: ScheduleSpec, ids: IdSource): Change {
  return (found, now) => {
    if (!found) {
      const record = { v: 1, spec, createdAt: now, pausedAt: null, lastTick: null } as const
      return { record, dueAt: nextTickOf(spec.timing, now)(now) }
    }
    if (sameSpec(found.record.spec, spec)) return null
    const record = { ...found.record, spec }
    if (sameTiming(found.record.spec.timing, spec.timing)) return { record, dueAt: found.dueAt }
    // What was due by the old times gets its job first, as it was ordered then; a new time would hide it.
    if (found.dueAt !== null && found.dueAt <= now) return { ...advance(id, found, now, ids), again: true }
    const after = Math.max(now, record.lastTick ?? 0)
    return { record, dueAt: record.pausedAt === null ? nextTickOf(spec.timing, record.createdAt)(after) : null }
  }
}
