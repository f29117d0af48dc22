import { dueTicks } from '../../model/schedule-due.js'
import type { ScheduleRecord } from '../../model/schedule-record.js'
import type { NextTick } from '../../model/schedule-timing.js'
import { maxBytesPerCall, maxRowsPerCall, type NewJob } from '../../model/storage.js'
import type { IdSource } from '../ids.js'
import { sizeOf } from '../queue/batches.js'
import { tickJob } from './tick-job.js'

/** What is to be written of a schedule once its due ticks have their jobs. */
export interface Advance {
  record: ScheduleRecord
  dueAt: number | null
  jobs: NewJob[]
  dropped: boolean
}

/** The jobs of the ticks that are due, as many as one call carries; the others stay due. */
export function advance(
  id: string,
  { record, next, dueAt }: { record: ScheduleRecord; next: NextTick; dueAt: number | null },
  now: number,
  ids: IdSource,
): Advance {
  const due = dueTicks(record, next, dueAt, now)
  const jobs: NewJob[] = []
  let bytes = 0
  for (const tick of due.ticks) {
    const job = tickJob(id, record.spec, tick, ids.next(now), now)
    bytes += sizeOf(job)
    if (jobs.length === maxRowsPerCall || (jobs.length > 0 && bytes > maxBytesPerCall / 2)) break
    jobs.push(job)
  }
  const rest = due.ticks[jobs.length]
  const lastTick = due.ticks[jobs.length - 1] ?? record.lastTick
  return { record: { ...record, lastTick }, dueAt: rest ?? due.next, jobs, dropped: due.dropped }
}
