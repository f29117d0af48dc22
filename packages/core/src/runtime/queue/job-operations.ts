import { anId, aName, anInteger, checkOptions, listOf, oneOf, type Check } from '../../model/check.js'
import { DbjobqError } from '../../model/errors.js'
import { toJob, type Job } from '../../model/job.js'
import { decodePolicy, deleteAt, keyForRetry } from '../../model/policy.js'
import type { JobFilter, JobRow, JobStatus } from '../../model/storage.js'
import type { Store } from '../store.js'

export interface ListOptions extends Omit<JobFilter, 'uniqueKey'> {
  /** 1 to 1,000. Default 100. */
  limit?: number
  /** `next` of the page before. */
  after?: string
  /** By creation. Default `newest`. */
  order?: 'oldest' | 'newest'
}

/** How often a call that lost a race against a worker looks again. */
const looks = 10

/** What can be done with jobs that are stored, one at a time. */
export class JobOperations<Tx> {
  readonly #store: Store<Tx>

  constructor(store: Store<Tx>) {
    this.#store = store
  }

  async getJob<Data = unknown, Result = unknown>(id: string): Promise<Job<Data, Result> | null> {
    const row = await this.#find(id)
    return row ? toJob<Data, Result>(row) : null
  }

  async listJobs(options: ListOptions): Promise<{ jobs: Job[]; next: string | null }> {
    checkOptions('listJobs', options, { ...filterChecks, limit: anInteger(1, 1_000), after: anId, order: oneOf('oldest', 'newest') })
    const { limit = 100, after, order = 'newest', ...filter } = options
    await this.#store.ready()
    const rows = await this.#store.storage.findJobs(filter, { limit: limit + 1, order, ...(after === undefined ? {} : { after }) })
    const jobs = rows.slice(0, limit).map((row) => toJob(row))
    return { jobs, next: rows.length > limit ? (jobs.at(-1)?.id ?? null) : null }
  }

  async cancel(id: string): Promise<'cancelled' | 'requested' | 'finished'> {
    for (let look = 0; look < looks; look++) {
      const row = await this.#findOrThrow(id)
      const now = this.#store.clock.now()
      const end = {
        status: 'cancelled',
        finishedAt: now,
        deleteAt: deleteAt(decodePolicy(row.options), 'cancelled', now),
        uniqueKey: null,
      } as const
      if (row.status === 'scheduled' || row.status === 'pending') {
        const [answer] = await this.#store.storage.updateJobs([{ id, from: ['scheduled', 'pending'], set: end }])
        if (answer === 'updated') return 'cancelled'
      } else if (row.status === 'running') {
        if (row.cancelRequestedAt !== null) return 'requested'
        const [answer] = await this.#store.storage.updateJobs([{ id, from: ['running'], set: { cancelRequestedAt: now } }])
        if (answer === 'updated') {
          this.#store.hints.send({ kind: 'cancel', id })
          return 'requested'
        }
      } else return 'finished'
    }
    throw new DbjobqError('CONTENTION', `Job ${id} changed its status ${looks} times while it was to be cancelled. Try again.`)
  }

  async retry(id: string): Promise<void> {
    const row = await this.#findOrThrow(id)
    const now = this.#store.clock.now()
    const uniqueKey = keyForRetry(decodePolicy(row.options), now)
    const fresh = { attempts: 0, startedAt: null, finishedAt: null, deleteAt: null, cancelRequestedAt: null, result: null } as const
    const [answer] = await this.#store.storage.updateJobs([
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
    this.#store.hints.send({ kind: 'runnable', queue: row.queue, runAt: now })
  }

  async #find(id: string): Promise<JobRow | undefined> {
    anId(id, 'id')
    await this.#store.ready()
    return (await this.#store.storage.findJobs({ ids: [id] }, { limit: 1 }))[0]
  }

  async #findOrThrow(id: string): Promise<JobRow> {
    const row = await this.#find(id)
    if (!row) throw new DbjobqError('JOB_NOT_FOUND', `There is no job ${id}; it may have been pruned.`)
    return row
  }
}

const statuses: JobStatus[] = ['scheduled', 'pending', 'running', 'completed', 'failed', 'cancelled']
/** Of whatever takes a filter of jobs. */
export const filterChecks: Record<string, Check> = {
  ids: listOf(anId),
  status: listOf(oneOf(...statuses)),
  queue: listOf(aName),
  type: listOf(aName),
  groupKey: aName,
  workerId: aName,
}
