import type { JobFilter, JobRow, Page } from '@dbjobq/core/storage'
import type { Filter } from 'mongodb'
import type { Scope } from './call.js'
import { toRow, withoutInternals, type JobDocument } from './documents.js'
import type { Store } from './store.js'

const withoutTexts = { ...withoutInternals, data: 0, progress: 0, result: 0, errors: 0 } as const

export async function findJobs(store: Store, scope: Scope, filter: JobFilter, page: Page): Promise<JobRow[]> {
  const { limit, after, order = 'oldest', summary = false } = page
  // The driver reads 0 as no limit.
  if (limit <= 0) return []
  const oldest = order === 'oldest'
  const beyond: Filter<JobDocument>[] = after === undefined ? [] : [{ _id: oldest ? { $gt: after } : { $lt: after } }]
  const found = await store.jobs
    .find(beyond.length > 0 ? { $and: [toFilter(filter), ...beyond] } : toFilter(filter), {
      ...scope,
      projection: summary ? withoutTexts : withoutInternals,
      sort: { _id: oldest ? 1 : -1 },
      limit,
    })
    .toArray()
  return found.map((job) => toRow(summary ? { ...job, data: '', progress: null, result: null, errors: null } : job))
}

export function toFilter({ ids, status, queue, type, groupKey, uniqueKey, workerId }: JobFilter): Filter<JobDocument> {
  return {
    ...(ids ? { _id: { $in: texts(ids) } } : {}),
    ...(status ? { status: { $in: texts(status) } } : {}),
    ...(queue ? { queue: { $in: texts(queue) } } : {}),
    ...(type ? { type: { $in: texts(type) } } : {}),
    ...(groupKey === undefined ? {} : { groupKey: { $eq: groupKey } }),
    ...(uniqueKey === undefined ? {} : { uniqueKey: { $eq: uniqueKey, $type: 'string' } }),
    ...(workerId === undefined ? {} : { workerId: { $eq: workerId } }),
  }
}

/** Inside `$in` the server reads regular expressions as patterns; whatever came here is a text. */
function texts<T extends string>(values: T[]): T[] {
  return values.map((value: unknown) => String(value) as T)
}
