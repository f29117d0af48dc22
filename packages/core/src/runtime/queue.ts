import { aBoolean, aFunction, aName, anId, anInteger, checkOptions, listOf, oneOf, type Check } from '../model/check.js'
import type { JobDefinition } from '../model/definition.js'
import type { EnqueueOptions } from '../model/enqueue-options.js'
import { DbjobqError } from '../model/errors.js'
import { toJob, type Job } from '../model/job.js'
import { decodePolicy, deleteAt } from '../model/policy.js'
import type { CountDimension, JobFilter, JobRow, JobStatus, JobStorage, Migration, NewJob } from '../model/storage.js'
import { batches } from './batches.js'
import { draft, toNewJob } from './draft.js'
import { toStats, type Stats } from './stats.js'
import { Store } from './store.js'

export interface Enqueued {
  /** Of the new job, or of the one that holds its unique key. */
  id: string
  outcome: 'enqueued' | 'duplicate'
}

export interface EnqueueManyOptions<Input, Tx = never> extends EnqueueOptions<Tx> {
  /** Options of one job, over the common ones: its unique key, say. */
  each?: (data: Input, index: number) => Omit<EnqueueOptions, 'tx'>
}

export interface ListOptions extends Omit<JobFilter, 'uniqueKey'> {
  /** 1 to 1,000. Default 100. */
  limit?: number
  /** `next` of the page before. */
  after?: string
  /** By creation. Default `newest`. */
  order?: 'oldest' | 'newest'
}

export interface StatsOptions extends Omit<JobFilter, 'uniqueKey'> {
  /** Default `['status']`. */
  by?: CountDimension[]
  /** Rows read for each status, so that counting stays cheap; 1 to 1,000,000. Default 10,000. */
  scanLimit?: number
}

/** For `Worker` only: what it shares with its queue. */
export const storeOf = Symbol('store')

/** How often a call that lost a race against a worker looks again. */
const looks = 10

/** Enqueues jobs and looks after them. Cheap to make; connects with the first call. */
export class JobQueue<Tx = never> implements AsyncDisposable {
  readonly [storeOf]: Store<Tx>
  readonly #storage: JobStorage<Tx>

  constructor(storage: JobStorage<Tx>) {
    if ((storage as { contractVersion?: unknown } | undefined)?.contractVersion !== 1) {
      throw new DbjobqError('INVALID_OPTION', 'new JobQueue() takes a storage with contractVersion 1, like new PostgresStorage(url).')
    }
    this.#storage = storage
    this[storeOf] = new Store(storage)
  }

  /**
   * Stores a job. When this resolves it is durable; with `tx`, once that transaction commits.
   * @throws DbjobqError `VALIDATION_FAILED`, `INVALID_PAYLOAD`, `PAYLOAD_TOO_LARGE`, `INVALID_OPTION`, `INVALID_NAME`, `INVALID_DURATION`, `INVALID_DATE`,
   * before anything is written; StorageError when the database does not take it
   */
  async enqueue<Input, Output, Result>(
    job: JobDefinition<Input, Output, Result>,
    data: Input,
    options: EnqueueOptions<Tx> = {},
  ): Promise<Enqueued> {
    const drafted = await draft('enqueue', job, data, options)
    const store = this[storeOf]
    await store.ready()
    const now = store.clock.now()
    const [enqueued] = await this.#insert([toNewJob(drafted, store.ids.next(now), now)], options.tx)
    if (!enqueued) throw new DbjobqError('STORAGE_FAILED', 'The storage answered nothing for the job. Its adapter breaks the contract.')
    return enqueued
  }

  /**
   * Stores many jobs of one definition, in the order given, 1,000 at a time. All are checked before the first is written; each
   * 1,000 are written whole or not at all, and with `tx` all of them are.
   * @throws as `enqueue`
   */
  async enqueueMany<Input, Output, Result>(
    job: JobDefinition<Input, Output, Result>,
    data: readonly Input[],
    options: EnqueueManyOptions<Input, Tx> = {},
  ): Promise<Enqueued[]> {
    if (!Array.isArray(data)) throw new DbjobqError('INVALID_OPTION', 'enqueueMany: the second argument must be a list of data.')
    const { each, ...common } = options
    if (each !== undefined) aFunction(each, 'enqueueMany: each')
    const drafts = []
    for (const [index, item] of (data as readonly Input[]).entries()) {
      drafts.push(await draft(`enqueueMany[${index}]`, job, item, each ? { ...common, ...each(item, index) } : common))
    }
    const store = this[storeOf]
    await store.ready()
    const now = store.clock.now()
    const answers: Enqueued[] = []
    for (const batch of batches(drafts.map((drafted) => toNewJob(drafted, store.ids.next(now), now)))) {
      answers.push(...(await this.#insert(batch, common.tx)))
    }
    return answers
  }

  /** The job, or null when there is none (any more). */
  async getJob<Data = unknown, Result = unknown>(id: string): Promise<Job<Data, Result> | null> {
    const row = await this.#find(id)
    return row ? toJob<Data, Result>(row) : null
  }

  /** A page of jobs; `next` is what to pass as `after` for the page that follows, null on the last one. */
  async listJobs(options: ListOptions = {}): Promise<{ jobs: Job[]; next: string | null }> {
    checkOptions('listJobs', options, { ...filterChecks, limit: anInteger(1, 1_000), after: anId, order: oneOf('oldest', 'newest') })
    const { limit = 100, after, order = 'newest', ...filter } = options
    await this[storeOf].ready()
    const rows = await this.#storage.findJobs(filter, { limit: limit + 1, order, ...(after === undefined ? {} : { after }) })
    const jobs = rows.slice(0, limit).map((row) => toJob(row))
    return { jobs, next: rows.length > limit ? (jobs.at(-1)?.id ?? null) : null }
  }

  /**
   * A job that waits is `cancelled` at once; one that runs is asked to end (`requested`): its signal is aborted, within a
   * heartbeat (10 s) when it runs in another process. `finished`: it had ended before.
   * @throws DbjobqError `JOB_NOT_FOUND`
   */
  async cancel(id: string): Promise<'cancelled' | 'requested' | 'finished'> {
    for (let look = 0; look < looks; look++) {
      const row = await this.#findOrThrow(id)
      const now = this[storeOf].clock.now()
      const end = {
        status: 'cancelled',
        finishedAt: now,
        deleteAt: deleteAt(decodePolicy(row.options), 'cancelled', now),
        uniqueKey: null,
      } as const
      if (row.status === 'scheduled' || row.status === 'pending') {
        const [answer] = await this.#storage.updateJobs([{ id, from: ['scheduled', 'pending'], set: end }])
        if (answer === 'updated') return 'cancelled'
      } else if (row.status === 'running') {
        if (row.cancelRequestedAt !== null) return 'requested'
        const [answer] = await this.#storage.updateJobs([{ id, from: ['running'], set: { cancelRequestedAt: now } }])
        if (answer === 'updated') {
          this[storeOf].hints.send({ kind: 'cancel', id })
          return 'requested'
        }
      } else return 'finished'
    }
    throw new DbjobqError('CONTENTION', `Job ${id} changed its status ${looks} times while it was to be cancelled. Try again.`)
  }

  /**
   * A failed or cancelled job runs again: now, with all its retries, under its unique key if it had one. Its errors are kept.
   * @throws DbjobqError `JOB_NOT_FOUND`, `JOB_STATE` for a job that is in another status, `UNIQUE_KEY_HELD` when another job holds its key
   */
  async retry(id: string): Promise<void> {
    const row = await this.#findOrThrow(id)
    const now = this[storeOf].clock.now()
    const uniqueKey = decodePolicy(row.options).key
    const fresh = { attempts: 0, startedAt: null, finishedAt: null, deleteAt: null, cancelRequestedAt: null, result: null } as const
    const [answer] = await this.#storage.updateJobs([
      { id, from: ['failed', 'cancelled'], set: { ...fresh, status: 'pending', runAt: now, uniqueKey } },
    ])
    if (answer === 'keyTaken') {
      throw new DbjobqError(
        'UNIQUE_KEY_HELD',
        `Another job holds the unique key of job ${id}. Cancel that one, or wait until it has ended.`,
      )
    }
    if (answer === 'stale') {
      const status = (await this.#findOrThrow(id)).status
      throw new DbjobqError('JOB_STATE', `Job ${id} is ${status}. Only a failed or cancelled job can be retried.`)
    }
    this[storeOf].hints.send({ kind: 'runnable', queue: row.queue, runAt: now })
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

  async #insert(jobs: NewJob[], tx: Tx | undefined): Promise<Enqueued[]> {
    const answers = await this.#storage.insertJobs(jobs, tx === undefined ? {} : { tx })
    for (const queue of new Set(jobs.map((job) => job.queue))) {
      const runAt = Math.min(...jobs.filter((job) => job.queue === queue).map((job) => job.runAt))
      this[storeOf].hints.send({ kind: 'runnable', queue, runAt })
    }
    return answers.map(({ id, inserted }) => ({ id, outcome: inserted ? 'enqueued' : 'duplicate' }))
  }

  async #find(id: string): Promise<JobRow | undefined> {
    anId(id, 'id')
    await this[storeOf].ready()
    return (await this.#storage.findJobs({ ids: [id] }, { limit: 1 }))[0]
  }

  async #findOrThrow(id: string): Promise<JobRow> {
    const row = await this.#find(id)
    if (!row) throw new DbjobqError('JOB_NOT_FOUND', `There is no job ${id}; it may have been pruned.`)
    return row
  }
}

const statuses: JobStatus[] = ['scheduled', 'pending', 'running', 'completed', 'failed', 'cancelled']
const filterChecks: Record<string, Check> = {
  ids: listOf(anId),
  status: listOf(oneOf(...statuses)),
  queue: listOf(aName),
  type: listOf(aName),
  groupKey: aName,
  workerId: aName,
}
