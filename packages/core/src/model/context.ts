import type { JobDefinition } from './definition.js'
import type { EnqueueOptions } from './enqueue-options.js'
import type { Job } from './job.js'
import type { Logger } from './logger.js'

/** What a handler gets beside its data. */
export interface JobContext<Result = unknown> {
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
  /** The job as it was claimed: `groupKey`, `priority`, `createdAt`, `runAt`, the `errors` of earlier attempts. Its `data` is as it was stored. */
  readonly job: Readonly<Job>
  /** The logger given to the worker, with `jobId`, `type`, `queue` and `attempt` on every line; silent without one. */
  readonly log: Logger
  /** Aborted by timeout, cancel, a lost lease or shutdown; its reason is a `DbjobqError` with the code `JOB_TIMEOUT`, `JOB_CANCELLED`, `LEASE_LOST` or `SHUTDOWN`. */
  readonly signal: AbortSignal
  /**
   * Saves how far the job got: any JSON value of at most 1 MiB. It survives retries, so it is the checkpoint. It is written at once,
   * apart from any transaction of yours; on SQLite, whose one writer is then your transaction, save it before you begin that.
   * @throws DbjobqError `LEASE_LOST` when this worker no longer holds the job, `JOB_STATE` after `complete`, `INVALID_PAYLOAD`, `PAYLOAD_TOO_LARGE`
   */
  progress(value: unknown): Promise<void>
  /**
   * Another job, that exists if and only if this run completes: it is written with the completion. One whose unique key is
   * taken by then is left out: `unique.onConflict` is `skip` here. All of one run hold at most 1,000 jobs and 2 MiB.
   * @throws DbjobqError as `JobQueue.enqueue`; `UNSUPPORTED` for another `onConflict`; `JOB_STATE` after `complete`
   */
  enqueue<Input, Output, Result>(
    job: JobDefinition<Input, Output, Result>,
    data: NoInfer<Input>,
    options?: Omit<EnqueueOptions<never, NoInfer<Input>>, 'tx' | 'signal'>,
  ): Promise<void>
  /**
   * Completes the job in your transaction, with what `enqueue` gathered so far: the job is completed if and only if that commits,
   * so what you wrote in it happens exactly once. Await the transaction before the handler ends; what the handler returns is
   * ignored then. Did it not commit, the run failed with what the handler threw, else with `COMPLETION_NOT_COMMITTED`, and is retried.
   * A cancel asked for meanwhile comes too late. May be called again only where the transaction before was rolled back.
   * @returns `result`
   * @throws DbjobqError `LEASE_LOST` when this worker no longer holds the job: roll back; `JOB_STATE` when it was called before;
   * `INVALID_TX`, and `UNSUPPORTED` on a store without transactions; `INVALID_PAYLOAD`, `PAYLOAD_TOO_LARGE`
   */
  complete(result: Result, options: { tx: unknown }): Promise<Result>
  /**
   * `complete` within a synchronous transaction, that of better-sqlite3. Once in a run.
   * @throws as `complete`; `UNSUPPORTED` on a store without synchronous transactions
   */
  completeSync(result: Result, options: { tx: unknown }): Result
  /**
   * Runs `work` in a transaction of the store, and completes the job in it with what `work` returns. `tx` is what the storage hands
   * out: a Knex transaction, a better-sqlite3 database, a `ClientSession`. A `work` that throws is rolled back.
   * @throws as `complete`, and what `work` throws
   */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- only the user knows what the storage hands out, and annotates `tx` with it
  transaction<Tx>(work: (tx: Tx) => Result | Promise<Result>): Promise<Result>
}
