import { aBoolean, anInteger, checkOptions, listOf, oneOf } from '../../model/check.js'
import type { JobDefinition } from '../../model/definition.js'
import type { EnqueueOptions } from '../../model/enqueue-options.js'
import { DbjobqError } from '../../model/errors.js'
import type { Job } from '../../model/job.js'
import type { CountDimension, JobFilter, JobStorage, Migration } from '../../model/storage.js'
import { Enqueuer, type Enqueued, type EnqueueManyOptions } from './enqueuer.js'
import { filterChecks, JobOperations, type ListOptions } from './job-operations.js'
import { toStats, type Stats } from './stats.js'
import { Schedules } from '../schedules/schedules.js'
import { Store } from '../store.js'

export interface StatsOptions extends Omit<JobFilter, 'uniqueKey'> {
  /** Default `['status']`. */
  by?: CountDimension[]
  /** Rows read for each status, so that counting stays cheap; 1 to 1,000,000. Default 10,000. */
  scanLimit?: number
}

/** For `Worker` only: what it shares with its queue. */
export const storeOf = Symbol('store')

/** Enqueues jobs and looks after them. Cheap to make; connects with the first call. */
export class JobQueue<Tx = never> implements AsyncDisposable {
  readonly [storeOf]: Store<Tx>
  /** Jobs at fixed times; each tick enqueues one, whoever runs workers. */
  readonly schedules: Schedules<Tx>
  readonly #storage: JobStorage<Tx>
  readonly #enqueuer: Enqueuer<Tx>
  readonly #operations: JobOperations<Tx>

  constructor(storage: JobStorage<Tx>) {
    if ((storage as { contractVersion?: unknown } | undefined)?.contractVersion !== 1) {
      throw new DbjobqError('INVALID_OPTION', 'new JobQueue() takes a storage with contractVersion 1, like new PostgresStorage(url).')
    }
    this.#storage = storage
    const store = new Store(storage)
    this[storeOf] = store
    this.#enqueuer = new Enqueuer(store)
    this.#operations = new JobOperations(store)
    this.schedules = new Schedules(store)
  }

  /**
   * Stores a job. When this resolves it is durable; with `tx`, once that transaction commits.
   * @throws DbjobqError `VALIDATION_FAILED`, `INVALID_PAYLOAD`, `PAYLOAD_TOO_LARGE`, `INVALID_OPTION`, `INVALID_NAME`, `INVALID_DURATION`, `INVALID_DATE`,
   * before anything is written; StorageError when the database does not take it
   */
  enqueue<Input, Output, Result>(
    job: JobDefinition<Input, Output, Result>,
    data: Input,
    options: EnqueueOptions<Tx> = {},
  ): Promise<Enqueued> {
    return this.#enqueuer.enqueue(job, data, options)
  }

  /**
   * Stores many jobs of one definition, in the order given, 1,000 at a time. All are checked before the first is written; each
   * 1,000 are written whole or not at all, and with `tx` all of them are.
   * @throws as `enqueue`
   */
  enqueueMany<Input, Output, Result>(
    job: JobDefinition<Input, Output, Result>,
    data: readonly Input[],
    options: EnqueueManyOptions<Input, Tx> = {},
  ): Promise<Enqueued[]> {
    return this.#enqueuer.enqueueMany(job, data, options)
  }

  /** The job, or null when there is none (any more). */
  getJob<Data = unknown, Result = unknown>(id: string): Promise<Job<Data, Result> | null> {
    return this.#operations.getJob<Data, Result>(id)
  }

  /** A page of jobs; `next` is what to pass as `after` for the page that follows, null on the last one. */
  listJobs(options: ListOptions = {}): Promise<{ jobs: Job[]; next: string | null }> {
    return this.#operations.listJobs(options)
  }

  /**
   * A job that waits is `cancelled` at once; one that runs is asked to end (`requested`): its signal is aborted, within a
   * heartbeat (10 s) when it runs in another process. `finished`: it had ended before.
   * @throws DbjobqError `JOB_NOT_FOUND`
   */
  cancel(id: string): Promise<'cancelled' | 'requested' | 'finished'> {
    return this.#operations.cancel(id)
  }

  /**
   * A failed or cancelled job runs again: now, with all its retries, under its unique key if it had one. Its errors are kept.
   * @throws DbjobqError `JOB_NOT_FOUND`, `JOB_STATE` for a job that is in another status, `UNIQUE_KEY_HELD` when another job holds its key
   */
  retry(id: string): Promise<void> {
    return this.#operations.retry(id)
  }

  /** How many jobs there are, by status and by what `by` names. `complete` false: some status has more than `scanLimit`. */
  async stats(options: StatsOptions = {}): Promise<Stats> {
    const checks = { ...filterChecks, by: listOf(oneOf('queue', 'status', 'type', 'priority')), scanLimit: anInteger(1, 1_000_000) }
    checkOptions('stats', options, checks)
    const { by = ['status'], scanLimit = 10_000, ...filter } = options
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
