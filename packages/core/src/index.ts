export type { BackoffFunction, BackoffOptions } from './model/backoff.js'
export type { JobContext } from './model/context.js'
export {
  defineJob,
  handle,
  typed,
  type BoundJob,
  type Handler,
  type JobDefinition,
  type JobOptions,
  type Retention,
} from './model/definition.js'
export type { Duration } from './model/duration.js'
export { PermanentError, RetryLater, Snooze } from './model/ending-early.js'
export type { EnqueueOptions } from './model/enqueue-options.js'
export { DbjobqError, StorageError, type ErrorCode, type StorageErrorCode } from './model/errors.js'
export type { Failure } from './model/failure.js'
export type { Job } from './model/job.js'
export { Priority } from './model/priority.js'
export type { Count, CountDimension, JobStatus, JobStorage, Migration } from './model/storage.js'
export type { Schedule } from './model/schedule.js'
export type { DstOptions, ScheduleOptions, ScheduleTiming } from './model/schedule-options.js'
export type { UniqueOptions } from './model/unique.js'
export type { JobEvent, WorkerEvents } from './runtime/worker/events.js'
export type { Enqueued, EnqueueManyOptions } from './runtime/queue/enqueuer.js'
export { JobQueue, type StatsOptions } from './runtime/queue/job-queue.js'
export type { ListOptions } from './runtime/queue/job-operations.js'
export type { Stats } from './runtime/queue/stats.js'
export { Schedules, type ListSchedulesOptions, type PreviewOptions } from './runtime/schedules/schedules.js'
export { Worker } from './runtime/worker/worker.js'
export type { WorkerOptions } from './runtime/worker/worker-options.js'
