import type { JobStatus } from '@dbjobq/core/storage'
import type { ClientSession, Filter } from 'mongodb'
import type { Attempt, Scope } from './call.js'
import type { JobDocument } from './documents.js'
import { inChunks } from './in-chunks.js'
import { earliestTime } from './migrations.js'
import type { Store } from './store.js'

/** Jobs in an outbox exist only there: it must be drained first. */
const drained: Filter<JobDocument> = { outbox: { $exists: false } }

const atOnce = 50
const final: JobStatus[] = ['completed', 'failed', 'cancelled']

interface Deletion {
  ids: string[]
  from?: JobStatus[] | undefined
}

function deletable(from: JobStatus[] | undefined): Filter<JobDocument> {
  return { status: from ? { $in: from.filter((status) => status !== 'running') } : { $ne: 'running' }, ...drained }
}

/** `seen` holds what an earlier attempt of this call found and may have deleted. */
export async function deleteJobs(
  store: Store,
  { scope, repeated }: Attempt,
  { ids, from }: Deletion,
  seen: Set<string>,
): Promise<string[]> {
  const fitting = deletable(from)
  const filter: Filter<JobDocument> = { _id: { $in: ids }, ...fitting }
  const found = await store.jobs.find(filter, { ...scope, projection: { _id: 1 } }).toArray()
  const deleted = repeated ? await absentOf(store, scope, [...seen]) : new Set<string>()
  for (const { _id } of found) seen.add(_id)
  // One by one: a total would not tell which of them others deleted meanwhile.
  const answers = await inChunks(found, atOnce, ({ _id }) => deleteJob(store, scope, { _id, ...fitting }))
  for (const id of answers) if (id !== undefined) deleted.add(id)
  return [...new Set(ids)].filter((id) => deleted.has(id))
}

/** In the transaction of the caller, in which nobody else deletes what was found. */
export async function deleteJobsWithin(store: Store, session: ClientSession, { ids, from }: Deletion): Promise<string[]> {
  const filter: Filter<JobDocument> = { _id: { $in: ids }, ...deletable(from) }
  const found = await store.jobs.find(filter, { session, projection: { _id: 1 } }).toArray()
  const deleted = new Set(found.map(({ _id }) => _id))
  await store.jobs.deleteMany({ _id: { $in: [...deleted] } }, { session })
  return [...new Set(ids)].filter((id) => deleted.has(id))
}

async function deleteJob(store: Store, scope: Scope, filter: Filter<JobDocument>): Promise<string | undefined> {
  const deleted = await store.jobs.findOneAndDelete(filter, { ...scope, projection: { _id: 1 } })
  return deleted?._id
}

async function absentOf(store: Store, scope: Scope, ids: string[]): Promise<Set<string>> {
  const left = await store.jobs.find({ _id: { $in: ids } }, { ...scope, projection: { _id: 1 } }).toArray()
  const there = new Set(left.map(({ _id }) => _id))
  return new Set(ids.filter((id) => !there.has(id)))
}

/** Found by the index, deleted by primary key. */
export async function pruneJobs(store: Store, { scope }: Attempt, { now, limit }: { now: number; limit: number }): Promise<number> {
  if (limit <= 0) return 0
  const due: Filter<JobDocument> = { deleteAt: { $gte: earliestTime, $lte: now }, status: { $in: final }, ...drained }
  const found = await store.jobs.find(due, { ...scope, sort: { deleteAt: 1 }, projection: { _id: 1 }, limit }).toArray()
  if (found.length === 0) return 0
  return (await store.jobs.deleteMany({ ...due, _id: { $in: found.map(({ _id }) => _id) } }, scope)).deletedCount
}
