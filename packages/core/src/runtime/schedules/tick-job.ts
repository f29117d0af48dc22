import { decodePolicy, encodePolicy } from '../../model/policy.js'
import type { ScheduleSpec } from '../../model/schedule-record.js'
import type { NewJob } from '../../model/storage.js'
import { storedKey } from '../../model/unique.js'

/** The job of one tick. With `overlap: 'skip'` all jobs of the schedule share a unique key, so that a storage takes one while none is alive. */
export function tickJob(scheduleId: string, spec: ScheduleSpec, tick: number, id: string, now: number): NewJob {
  // No type has a parenthesis in its name, so no user's key is the same.
  const key = spec.overlap === 'skip' ? storedKey('(schedule)', scheduleId) : null
  return {
    id,
    queue: spec.queue,
    type: spec.type,
    groupKey: spec.groupKey,
    priority: spec.priority,
    status: 'pending',
    // Not the tick: a late one would pass for a job that has waited since then.
    runAt: now,
    uniqueKey: key,
    keyUntil: 'settlement',
    data: spec.data,
    options: encodePolicy({ ...decodePolicy(spec.policy), key, schedule: { id: scheduleId, tick } }),
  }
}
