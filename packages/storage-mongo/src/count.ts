import type { Count, CountDimension, JobFilter, JobStatus } from '@dbjobq/core/storage'
import type { Scope } from './call.js'
import { toFilter } from './find.js'
import type { Store } from './store.js'

const allStatuses: JobStatus[] = ['scheduled', 'pending', 'running', 'completed', 'failed', 'cancelled']

interface Group {
  _id: Partial<Count>
  count: number
  oldestRunAt: number
}

/** One bounded scan a status: a `$group` over all would read the whole collection. */
export async function countJobs(
  store: Store,
  scope: Scope,
  by: CountDimension[],
  { filter = {}, scanLimit }: { filter?: JobFilter; scanLimit: number },
): Promise<{ counts: Count[]; complete: boolean }> {
  const statuses = [...new Set(filter.status ?? allStatuses)]
  const scans = await Promise.all(statuses.map((status) => scan(store, scope, by, { ...filter, status: [status] }, scanLimit)))
  return { counts: merge(scans.flatMap(({ groups }) => groups)), complete: scans.every(({ complete }) => complete) }
}

async function scan(
  store: Store,
  scope: Scope,
  by: CountDimension[],
  filter: JobFilter,
  scanLimit: number,
): Promise<{ groups: Group[]; complete: boolean }> {
  const $match = toFilter(filter)
  const _id = Object.fromEntries(by.map((dimension) => [dimension, `$${dimension}`]))
  const $group = { _id, count: { $sum: 1 }, oldestRunAt: { $min: '$runAt' } }
  const groups = scanLimit <= 0 ? [] : await store.jobs.aggregate<Group>([{ $match }, { $limit: scanLimit }, { $group }], scope).toArray()
  const counted = groups.reduce((sum, { count }) => sum + count, 0)
  if (counted < scanLimit) return { groups, complete: true }
  const [another] = await store.jobs.find($match, { ...scope, projection: { _id: 1 }, skip: Math.max(0, scanLimit), limit: 1 }).toArray()
  return { groups, complete: another === undefined }
}

/** Groups without the status among their dimensions come once a status. */
function merge(groups: Group[]): Count[] {
  const counts = new Map<string, Count>()
  for (const { _id, count, oldestRunAt } of groups) {
    const key = JSON.stringify(_id)
    const same = counts.get(key)
    counts.set(key, { ..._id, count: count + (same?.count ?? 0), oldestRunAt: Math.min(oldestRunAt, same?.oldestRunAt ?? oldestRunAt) })
  }
  return [...counts.values()]
}
