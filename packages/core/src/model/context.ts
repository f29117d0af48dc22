import type { JobDefinition } from './definition.js'
import type { EnqueueOptions } from './enqueue-options.js'

/** What a handler gets beside its data. */
export interface JobContext {
  readonly id: string
  readonly type: string
  readonly queue: string
  /** 1 for the first run. */
  readonly attempt: number
  readonly maxRetries: number
  /** Which schedule and which of its ticks this job is of; null for other jobs. Of `runNow`, the tick is when it was asked for. */
  readonly schedule: { readonly id: string; readonly tick: Date } | null
  /** What `progress` saved last, in this run or one before; null at first. */
  readonly lastProgress: unknown
  /** Aborted by timeout, cancel, a lost lease or shutdown; its reason is a `DbjobqError` with the code `JOB_TIMEOUT`, `JOB_CANCELLED`, `LEASE_LOST` or `SHUTDOWN`. */
  readonly signal: AbortSignal
  /**
   * Saves how far the job got: any JSON value of at most 1 MiB. It survives retries, so it is the checkpoint.
   * @throws DbjobqError `LEASE_LOST` when this worker no longer holds the job, `INVALID_PAYLOAD`, `PAYLOAD_TOO_LARGE`
   */
  progress(value: unknown): Promise<void>
  /**
   * Another job, that exists if and only if this run completes: it is written with the completion. One whose unique key is
   * taken by then is left out. All of one run hold at most 1,000 jobs and 2 MiB.
   * @throws DbjobqError as `JobQueue.enqueue`
   */
  enqueue<Input, Output, Result>(
    job: JobDefinition<Input, Output, Result>,
    data: Input,
    options?: Omit<EnqueueOptions, 'tx'>,
  ): Promise<void>
}
