import { anId, anInteger, oneOf } from '../../model/check.js'
import { DbjobqError } from '../../model/errors.js'
import { toJob, type Job } from '../../model/job.js'
import type { JobRow, JobStatus } from '../../model/storage.js'
import type { Store } from '../store.js'
import { checkOneCall, checkQuery, toFilter, type JobQuery } from './job-query.js'
import { cancelling, keyHeld, retrying } from './transitions.js'

export interface ListOptions<Input = unknown, Output = unknown, Result = unknown> extends JobQuery<Input, Output, Result> {
  /** 1 to 1,000. Default 100. */
  limit?: number
  /** `next` of the page before. */
  after?: string
  /** By creation. Default `newest`. */
  order?: 'oldest' | 'newest'
}

export interface JobPage<Data = unknown, Result = unknown> {
  jobs: Job<Data, Result>[]
  /** What to pass as `after` for the page that follows; null on the last one. */
  next: string | null
}

/** How often a call that lost a race against a worker looks again. */
export const looks = 10

/** What can be done with jobs that are stored, one at a time. */
export class JobOperations {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async getJob<Data = unknown, Result = unknown>(id: string): Promise<Job<Data, Result> | null> {
    const row = await this.#find(id)
    return row ? toJob<Data, Result>(row) : null
  }

  async listJobs<Input, Output, Result>(where: string, options: ListOptions<Input, Output, Result>): Promise<JobPage<Input, Result>> {
    checkQuery(where, options, { limit: anInteger(1, 1_000), after: anId, order: oneOf('oldest', 'newest') })
    checkOneCall(where, options)
    const { limit = 100, after, order = 'newest', ...query } = options
    await this.#store.ready()
    const page = { limit: limit + 1, order, ...(after === undefined ? {} : { after }) }
    const rows = await this.#store.storage.findJobs(toFilter(query), page)
    const jobs = rows.slice(0, limit).map((row) => toJob<Input, Result>(row))
    return { jobs, next: rows.length > limit ? (jobs.at(-1)?.id ?? null) : null }
  }

  async cancel(id: string): Promise<'cancelled' | 'requested' | 'finished'> {
    const { storage, clock, hints } = this.#store
    for (let look = 0; look < looks; look++) {
      const row = await this.#findOrThrow(id)
      const update = cancelling(row, clock.now())
      if (!update) return row.status === 'running' ? 'requested' : 'finished'
      const [answer] = await storage.updateJobs([update])
      if (answer !== 'updated') continue
      if (row.status === 'running') hints.send({ kind: 'cancel', id })
      else hints.tellEnd(id)
      return row.status === 'running' ? 'requested' : 'cancelled'
    }
    throw new DbjobqError('CONTENTION', `Job ${id} changed its status ${looks} times while it was to be cancelled. Try again.`)
  }

  async retry(id: string, from: JobStatus[] = ['failed', 'cancelled']): Promise<void> {
    const row = await this.#findOrThrow(id)
    const now = this.#store.clock.now()
    const [answer] = await this.#store.storage.updateJobs([retrying(row, from, now)])
    if (answer === 'keyTaken') throw await keyHeld(this.#store, row)
    if (answer === 'stale') {
      const { status } = await this.#findOrThrow(id)
      throw new DbjobqError('JOB_STATE', `Job ${id} is ${status}. Only a ${from.join(' or ')} job can be retried here.`)
    }
    this.#store.hints.send({ kind: 'runnable', queue: row.queue, runAt: 0 })
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
