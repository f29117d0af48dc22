import type { JobQueue, Schedule, ScheduleTiming } from '@dbjobq/core'
import { digest } from './jobs.js'

/**
 * Business hours are a cron expression with a range of hours and of weekdays, in the zone where the people are: at 9:00, 10:00 … 17:00 from Monday
 * to Friday. What happens in the evening or on a Saturday is in the digest of the next working morning, since each digest begins where the last one ended.
 */
export const businessHours: ScheduleTiming = { cron: '0 9-17 * * 1-5', timezone: 'Europe/Berlin' }

/** Called at every start, by every process: the same again changes nothing. */
export function scheduleDigest(queue: JobQueue<unknown>, timing: ScheduleTiming): Promise<Schedule> {
  return queue.schedules.upsert('digest', {
    job: digest,
    data: { title: 'New sign-ups' },
    ...timing,
    // After a night without a running process one digest is enough: it covers all that was missed.
    missed: 'once',
    // Two at once would tell the same twice.
    overlap: 'skip',
  })
}
