import { aBoolean, anInteger, checkOptions, listOf, oneOf } from '../../model/check.js'
import type { JobDefinition } from '../../model/definition.js'
import type { EnqueueOptions } from '../../model/enqueue-options.js'
import { DbjobqError } from '../../model/errors.js'
import type { Health, HealthThresholds } from '../../model/health.js'
import type { Job } from '../../model/job.js'
import type { CountDimension, JobStorage, Migration } from '../../model/storage.js'
import { Emitter } from '../emitter.js'
import type { EnqueueSyncOptions } from './enqueue-sync.js'
import type { QueueEvents } from './events.js'
import { Enqueuer, type Enqueued, type EnqueueManyOptions } from './enqueuer.js'
import { BulkOperations, type BulkAnswer, type BulkCancelled, type BulkOptions, type BulkRetried } from './bulk.js'
import type { BulkFilter } from './bulk-filter.js'
import { DeadLetters } from './dead-letters.js'
import { health } from './health.js'
import { JobEditor, type JobChanges, type PlanChanges } from './job-changes.js'
import { iterateJobs, jobsOf, type IterateOptions } from './job-lists.js'
import { JobOperations, type JobPage, type ListOptions } from './job-operations.js'
import { checkOneCall, checkQuery, toFilter, type JobQuery } from './job-query.js'
import { Queues, type ListQueuesOptions, type QueueInfo } from './queues.js'
import { toStats, type Stats } from './stats.js'
import { Schedules } from '../schedules/schedules.js'
import { waitFor, type WaitOptions } from './wait-for.js'
import { Waiters } from './waiters.js'
import { Store } from '../store.js'

export interface StatsOptions extends JobQuery {
  /** Default `['status']`. */
  by?: CountDimension[]
  /** Rows read for each status, so that counting stays cheap; 1 to 1,000,000. Default 10,000. */
  scanLimit?: number
}

/** For `Worker` only: what it shares with its queue. */
export const storeOf = Symbol('store')

/** Enqueues jobs and looks after them. Cheap to make; connects with the first call. */
export class JobQueue<in Tx = never> implements AsyncDisposable {
  readonly [storeOf]: Store<Tx>
  /** Jobs at fixed times; each tick enqueues one, whoever runs workers. */
  readonly schedules: Schedules<Tx>
  readonly #storage: JobStorage<Tx>
  readonly #events = new Emitter<QueueEvents>()
  readonly #enqueuer: Enqueuer<Tx>
  readonly #operations: JobOperations
  readonly #editor: JobEditor
  readonly #bulk: BulkOperations
  readonly #queues: Queues
  readonly #waiters: Waiters
  /** Jobs that failed for good: look at them, run them again, discard them. */
  readonly deadLetters: DeadLetters

  constructor(storage: JobStorage<Tx>) {
    const version = (storage as { contractVersion?: unknown } | undefined)?.contractVersion
    if (typeof version === 'number' && version !== 1) {
      const message = `The storage keeps contract version ${version}, this @dbjobq/core knows 1. Update the older of the two packages.`
      throw new DbjobqError('INVALID_OPTION', message)
    }
    if (version !== 1) {
      throw new DbjobqError('INVALID_OPTION', 'new JobQueue() takes a storage with contractVersion 1, like new PostgresStorage(url).')
    }
    this.#storage = storage
    const store = new Store(storage)
    this[storeOf] = store
    this.#enqueuer = new Enqueuer(store, this.#events)
    this.#operations = new JobOperations(store)
    this.#editor = new JobEditor(store)
    this.#bulk = new BulkOperations(store)
    this.#queues = new Queues(store)
    this.#waiters = new Waiters(store)
    this.deadLetters = new DeadLetters({ operations: this.#operations, editor: this.#editor, bulk: this.#bulk })
    this.schedules = new Schedules(store)
  }

  /**
   * Stores a job. When this resolves it is durable; with `tx`, once that transaction commits.
   * @throws DbjobqError `VALIDATION_FAILED`, `INVALID_PAYLOAD`, `PAYLOAD_TOO_LARGE`, `INVALID_OPTION`, `INVALID_NAME`, `INVALID_DURATION`, `INVALID_DATE`,
   * before anything is written; `CONTENTION` when its unique key changed hands all the time; the reason of an aborted `signal`;
   * StorageError when the database does not take it
   */
  enqueue<Input, Output, Result>(
    job: JobDefinition<Input, Output, Result>,
    data: NoInfer<Input>,
    options: EnqueueOptions<Tx, NoInfer<Input>> = {},
  ): Promise<Enqueued<Result>> {
    return this.#enqueuer.enqueue(job, data, options)
  }

  /**
   * Stores many jobs of one definition, in the order given, 1,000 at a time. All are checked before the first is written; each
   * 1,000 are written whole or not at all, and with `tx` all of them are. An aborted `signal` ends it between them: without `tx` those
   * sent before are written then, the first ones in the order given.
   * @throws as `enqueue`
   */
  enqueueMany<Input, Output, Result>(
    job: JobDefinition<Input, Output, Result>,
    data: readonly NoInfer<Input>[],
    options: EnqueueManyOptions<NoInfer<Input>, Tx> = {},
  ): Promise<Enqueued<Result>[]> {
    return this.#enqueuer.enqueueMany(job, data, options)
  }

  /**
   * Stores a job within a synchronous transaction of the caller, as better-sqlite3 has them: `db.transaction(() => queue.enqueueSync(…,
   * { tx: db }))`. The queue must be ready: `await queue.ready()`, or any other call before.
   * @throws DbjobqError as `enqueue`; `QUEUE_NOT_READY`; `UNSUPPORTED` on a storage without such transactions, for a schema that is
   * asynchronous, and for a `unique` with a window or another `onConflict` than `skip`, since they need a look at the holder of the key
   */
  enqueueSync<Input, Output, Result>(
    job: JobDefinition<Input, Output, Result>,
    data: NoInfer<Input>,
    options: EnqueueSyncOptions<Tx, NoInfer<Input>>,
  ): Enqueued {
    return this.#enqueuer.enqueueSync(job, data, options)
  }

  /**
   * Connects, checks the schema and reads the clock of the store. All calls but `enqueueSync` do it by themselves.
   * @throws StorageError `SCHEMA_OUTDATED`, or when the database cannot be used
   */
  ready(): Promise<void> {
    return this[storeOf].ready()
  }

  /** Listens; answers the function that ends it. A listener that throws harms nothing. */
  on<Name extends keyof QueueEvents>(name: Name, listener: (event: QueueEvents[Name]) => void): () => void {
    return this.#events.on(name, listener)
  }

  /** The job, or null when there is none (any more). */
  getJob<Data = unknown, Result = unknown>(id: string): Promise<Job<Data, Result> | null> {
    return this.#operations.getJob<Data, Result>(id)
  }

  /**
   * A page of jobs; `next` is what to pass as `after` for the page that follows, null on the last one. With `job` they have its types.
   * @throws DbjobqError `INVALID_OPTION`, `INVALID_NAME`
   */
  listJobs<Input, Output, Result>(options: ListOptions<Input, Output, Result> = {}): Promise<JobPage<Input, Result>> {
    return this.#operations.listJobs('listJobs', options)
  }

  /**
   * All jobs that match, read in pages of 100 as the iteration goes on.
   * @throws DbjobqError `INVALID_OPTION`, `INVALID_NAME`, at once
   */
  iterateJobs<Input, Output, Result>(
    filter: JobQuery<Input, Output, Result> = {},
    options: IterateOptions = {},
  ): AsyncGenerator<Job<Input, Result>, void, undefined> {
    return iterateJobs(this[storeOf], filter, options)
  }

  /** Jobs that could run now, the oldest first. `limit`: 1 to 1,000. Those for later are `scheduled`. */
  getPendingJobs(limit = 100): Promise<Job[]> {
    return jobsOf(this[storeOf], 'getPendingJobs', 'pending', limit)
  }

  /** Jobs that a worker holds, the oldest first. `limit`: 1 to 1,000. */
  getRunningJobs(limit = 100): Promise<Job[]> {
    return jobsOf(this[storeOf], 'getRunningJobs', 'running', limit)
  }

  /** The newest first. `limit`: 1 to 1,000. */
  getCompletedJobs(limit = 100): Promise<Job[]> {
    return jobsOf(this[storeOf], 'getCompletedJobs', 'completed', limit)
  }

  /** The newest first. `limit`: 1 to 1,000. */
  getFailedJobs(limit = 100): Promise<Job[]> {
    return jobsOf(this[storeOf], 'getFailedJobs', 'failed', limit)
  }

  /**
   * A job that waits is `cancelled` at once; one that runs is asked to end (`requested`): its signal is aborted, in another
   * process too where the storage has wake-ups, else within a heartbeat (10 s). `finished`: it had ended before.
   * @throws DbjobqError `JOB_NOT_FOUND`
   */
  cancel(id: string): Promise<'cancelled' | 'requested' | 'finished'> {
    return this.#operations.cancel(id)
  }

  /**
   * A failed or cancelled job runs again: now, with all its retries, under its unique key if it had one. Its errors are kept.
   * @throws DbjobqError `JOB_NOT_FOUND`, `JOB_STATE` for a job that is in another status, `UNIQUE_KEY_HELD` when another job holds its key,
   * which the error names as `holder`
   */
  retry(id: string): Promise<void> {
    return this.#operations.retry(id)
  }

  /**
   * Changes a job that waits (scheduled or pending). New data comes with the definition: `update(id, { job: sendEmail, data })`, and is
   * checked like at `enqueue`, before anything is written.
   * @throws DbjobqError `JOB_NOT_FOUND`, `JOB_STATE` when it runs or has ended, and as `enqueue`
   */
  update<Input, Output, Result>(id: string, changes: JobChanges<Input, Output, Result>): Promise<void> {
    return this.#editor.update(id, changes)
  }

  /**
   * Deletes a job in any status but running. False: there was none.
   * @throws DbjobqError `JOB_STATE` while it runs
   */
  delete(id: string): Promise<boolean> {
    return this.#editor.delete(id)
  }

  /**
   * As `cancel`, for all that match, in batches of 500. `{ all: true }` takes every job; an empty filter is refused, in all bulk calls.
   * Without `status` or `ids` those that have ended are not looked at.
   * @throws DbjobqError `INVALID_OPTION`, `INVALID_NAME`; the signal's reason
   */
  async cancelJobs(filter: BulkFilter, options: BulkOptions = {}): Promise<BulkCancelled> {
    return this.#bulk.cancel(filter, options)
  }

  /**
   * As `retry`, for all that match, in batches of 500. Without `status` or `ids` failed ones only; name the status for cancelled ones.
   * A job whose unique key another holds is left as it is, and told.
   * @throws as `cancelJobs`
   */
  async retryJobs(filter: BulkFilter, options: BulkOptions = {}): Promise<BulkRetried> {
    return this.#bulk.retry(filter, options)
  }

  /** As `delete`, for all that match, in batches of 500; running ones are skipped. @throws as `cancelJobs` */
  async deleteJobs(filter: BulkFilter, options: BulkOptions = {}): Promise<BulkAnswer> {
    return this.#bulk.delete(filter, options)
  }

  /** As `update` without data, for all that match and wait, in batches of 500. @throws as `cancelJobs`, and for the changes as `update` */
  async updateJobs(filter: BulkFilter, changes: PlanChanges, options: BulkOptions = {}): Promise<BulkAnswer> {
    return this.#bulk.update(filter, changes, options)
  }

  /**
   * The result of a job once it has completed; it may run in any process. Ends that this process writes are seen at once, others
   * within 1 s. A database that is down for a while is waited out, too.
   * @throws DbjobqError `JOB_FAILED` (its `cause` is the last failure), `JOB_CANCELLED`, `JOB_NOT_FOUND`, `WAIT_TIMEOUT`, `QUEUE_CLOSED`;
   * the signal's reason
   */
  async waitFor<Result = unknown>(job: string | Enqueued<Result>, options: WaitOptions<Result> = {}): Promise<Result> {
    return waitFor(this[storeOf], this.#waiters, job, options)
  }

  /**
   * No worker takes jobs of this queue until it is resumed; those that run go on to their end. When this resolves nothing more is
   * claimed, and workers of this process start nothing more; those of other processes hand back what they hold unstarted within a
   * heartbeat (10 s).
   * @throws DbjobqError `INVALID_NAME`
   */
  pauseQueue(name: string): Promise<void> {
    return this.#queues.pause(name)
  }

  /** Workers of this process go on at once, others with their next poll. @throws DbjobqError `INVALID_NAME` */
  resumeQueue(name: string): Promise<void> {
    return this.#queues.resume(name)
  }

  /** Queues that have jobs or were ever paused, by name. Counts are bounded by `scanLimit`. */
  listQueues(options: ListQueuesOptions = {}): Promise<QueueInfo[]> {
    return this.#queues.list(options)
  }

  /**
   * Healthy, degraded or unhealthy, and why. Reads are bounded. A database that cannot be used makes it unhealthy; it never rejects for that.
   * @throws DbjobqError `INVALID_OPTION`, `INVALID_DURATION`, `QUEUE_CLOSED`
   */
  health(thresholds: HealthThresholds = {}): Promise<Health> {
    return health(this[storeOf], thresholds)
  }

  /** How many jobs there are, by status and by what `by` names. `complete` false: some status has more than `scanLimit`. */
  async stats(options: StatsOptions = {}): Promise<Stats> {
    checkQuery('stats', options, { by: listOf(oneOf('queue', 'status', 'type', 'priority')), scanLimit: anInteger(1, 1_000_000) })
    checkOneCall('stats', options)
    const { by = ['status'], scanLimit = 10_000, ...query } = options
    const filter = toFilter(query)
    await this[storeOf].ready()
    return toStats(by, await this.#storage.countJobs([...new Set([...by, 'status' as const])], { filter, scanLimit }))
  }

  /** Brings the database to the schema of this version, or to version `to` (0 removes everything). Safe to call at every start, from many processes. */
  async migrate(options: { to?: number; dryRun?: boolean } = {}): Promise<Migration[]> {
    checkOptions('migrate', options, { to: anInteger(0, 1_000), dryRun: aBoolean })
    const store = this[storeOf]
    store.refuseClosed()
    store.forget()
    return this.#storage.migrate(options)
  }

  /** Stops the workers of this queue, then closes the storage. A pool that was handed in stays open. */
  close(): Promise<void> {
    return this[storeOf].close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
