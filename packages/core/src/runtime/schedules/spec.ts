import type { ScheduleOptions } from '../../model/schedule-options.js'
import { encodePolicy } from '../../model/policy.js'
import { timingOf } from '../../model/schedule-options.js'
import type { ScheduleSpec } from '../../model/schedule-record.js'
import { draft } from '../queue/draft.js'

/**
 * What is stored of options that `checkSchedule` let pass: enough to enqueue without the job's definition. The order of the properties is that of the
 * text that `upsert` compares.
 * @throws DbjobqError what `enqueue` throws for the job and its data
 */
export async function toSpec<Input, Output, Result>(options: ScheduleOptions<Input, Output, Result>): Promise<ScheduleSpec> {
  const { job, queue, priority, maxRetries, groupKey } = options
  const drafted = await draft('schedules.upsert', job, options.data, {
    ...(maxRetries === undefined ? {} : { maxRetries }),
    ...(priority === undefined ? {} : { priority }),
    // What may be alive at a time is for `overlap` to say.
    unique: false,
  })
  return {
    type: job.type,
    queue: queue ?? job.queue,
    priority: drafted.priority,
    groupKey: groupKey ?? null,
    policy: encodePolicy(drafted.policy),
    data: drafted.data,
    timing: timingOf(options),
    missed: options.missed ?? 'once',
    maxMissed: options.maxMissed ?? 100,
    overlap: options.overlap ?? 'allow',
  }
}
