import { anInteger, checkOptions, oneOf } from '../../model/check.js'
import { toJob, type Job } from '../../model/job.js'
import { aSignal } from '../../model/signal.js'
import type { JobStatus } from '../../model/storage.js'
import type { Store } from '../store.js'
import { checkOneCall, checkQuery, toFilter, type JobQuery } from './job-query.js'

export interface IterateOptions {
  /** By creation. Default `newest`, which ends for sure; `oldest` also meets what is enqueued meanwhile. */
  order?: 'oldest' | 'newest'
  /** Looked at before each page; the iteration then throws its reason. */
  signal?: AbortSignal
}

const pageSize = 100

export function iterateJobs<Input, Output, Result>(
  store: Store,
  query: JobQuery<Input, Output, Result>,
  options: IterateOptions,
): AsyncGenerator<Job<Input, Result>, void, undefined> {
  checkQuery('iterateJobs', query)
  checkOneCall('iterateJobs', query)
  checkOptions('iterateJobs', options, { order: oneOf('oldest', 'newest'), signal: aSignal })
  return pages(store, query, options)
}

async function* pages<Input, Output, Result>(
  store: Store,
  query: JobQuery<Input, Output, Result>,
  { order = 'newest', signal }: IterateOptions,
): AsyncGenerator<Job<Input, Result>, void, undefined> {
  const filter = toFilter(query)
  let after: string | undefined
  do {
    signal?.throwIfAborted()
    await store.ready()
    const rows = await store.storage.findJobs(filter, { limit: pageSize, order, ...(after === undefined ? {} : { after }) })
    for (const row of rows) yield toJob<Input, Result>(row)
    after = rows.length === pageSize ? rows.at(-1)?.id : undefined
  } while (after !== undefined)
}

/** Those of one status: what still has to be done oldest first, what has ended newest first. */
export async function jobsOf(store: Store, where: string, status: JobStatus, limit: number): Promise<Job[]> {
  anInteger(1, 1_000)(limit, `${where}: limit`)
  await store.ready()
  const order = status === 'pending' || status === 'running' ? 'oldest' : 'newest'
  return (await store.storage.findJobs({ status: [status] }, { limit, order })).map((row) => toJob(row))
}
