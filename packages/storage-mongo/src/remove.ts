import type { Filter } from 'mongodb'
import type { Attempt, Scope } from './call.js'
import type { JobDocument } from './documents.js'
import { earliestTime } from './migrations.js'
import type { Store } from './store.js'

/** Jobs in an outbox exist only there: it must be drained first. */
const deletable: Filter<JobDocument> = { status: { $ne: 'running' }, outbox: { $exists: false } }

/** `seen` holds what an earlier attempt of this call found and may have deleted. Of two calls that delete a job at once both may name it. */
export async function deleteJobs(store: Store, scope: Scope, ids: string[], seen: Set<string>): Promise<string[]> {
  const filter: Filter<JobDocument> = { _id: { $in: ids }, ...deletable }
  const found = await store.jobs.find(filter, { ...scope, projection: { _id: 1 } }).toArray()
  for (const { _id } of found) seen.add(_id)
  if (seen.size === 0) return []
  const { deletedCount } = await store.jobs.deleteMany(filter, scope)
  const candidates = [...new Set(ids)].filter((id) => seen.has(id))
  if (deletedCount === candidates.length) return candidates
  const left = await store.jobs.find({ _id: { $in: candidates } }, { ...scope, projection: { _id: 1 } }).toArray()
  const remaining = new Set(left.map(({ _id }) => _id))
  return candidates.filter((id) => !remaining.has(id))
}

/** Found by the index, deleted by primary key. */
export async function pruneJobs(store: Store, { scope }: Attempt, { now, limit }: { now: number; limit: number }): Promise<number> {
  if (limit <= 0) return 0
  const due: Filter<JobDocument> = { deleteAt: { $gte: earliestTime, $lte: now }, finishedAt: { $ne: null }, ...deletable }
  const found = await store.jobs.find(due, { ...scope, sort: { deleteAt: 1 }, projection: { _id: 1 }, limit }).toArray()
  if (found.length === 0) return 0
  return (await store.jobs.deleteMany({ ...due, _id: { $in: found.map(({ _id }) => _id) } }, scope)).deletedCount
}
