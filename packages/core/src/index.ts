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
export type { EnqueueSyncOptions } from './runtime/queue/enqueue-sync.js'
export type { QueueEvents } from './runtime/queue/events.js'
export { JobQueue, type StatsOptions } from './runtime/queue/job-queue.js'
export type { Health, HealthReason, HealthStatus, HealthThresholds, Level } from './model/health.js'
export type { BulkAnswer, BulkCancelled, BulkOptions, BulkRetried } from './runtime/queue/bulk.js'
export type { BulkFilter } from './runtime/queue/bulk-filter.js'
export type { DeadLetterFilter, DeadLetters } from './runtime/queue/dead-letters.js'
export type { JobChanges, PlanChanges } from './runtime/queue/job-changes.js'
export type { IterateOptions } from './runtime/queue/job-lists.js'
export type { JobPage, ListOptions } from './runtime/queue/job-operations.js'
export type { JobQuery } from './runtime/queue/job-query.js'
export type { ListQueuesOptions, QueueInfo } from './runtime/queue/queues.js'
export type { WaitOptions } from './runtime/queue/wait-for.js'
export type { Stats } from './runtime/queue/stats.js'
export { Schedules, type ListSchedulesOptions, type PreviewOptions } from './runtime/schedules/schedules.js'
export { Worker } from './runtime/worker/worker.js'
export type { WorkerOptions } from './runtime/worker/worker-options.js'
export type { RunningJob, WorkerState, WorkerStatus, Counters } from './runtime/worker/worker-status.js'
export type { AttemptContext } from './runtime/worker/tell.js'
export type { PollPreset } from './runtime/worker/worker-checks.js'
export type { Logger } from './model/logger.js'
export { currentJob } from './runtime/current-job.js'
export { WorkerPool } from './runtime/worker/worker-pool.js'
