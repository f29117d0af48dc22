import type { Heartbeat, HeartbeatAnswer, JobRow, WorkerRow } from '@dbjobq/core/storage'
import type { Attempt, Scope } from './call.js'
import { toRow, withoutInternals } from './documents.js'
import { isDuplicateKey } from './errors.js'
import type { Store } from './store.js'

export async function heartbeat(store: Store, { scope }: Attempt, beat: Heartbeat): Promise<HeartbeatAnswer> {
  const alive = beat.leaseUntil > beat.now ? await renew(store, scope, beat) : await leave(store, scope, beat)
  return { alive, claims: alive ? await findClaims(store, scope, beat.workerId) : [] }
}

async function renew(store: Store, scope: Scope, { workerId, info, now, leaseUntil, first }: Heartbeat): Promise<boolean> {
  const unexpired = { _id: workerId, leaseUntil: { $gt: now } }
  const lease = { $max: { leaseUntil }, $set: { info } }
  try {
    const { matchedCount, upsertedCount } = await store.workers.updateOne(unexpired, lease, { ...scope, upsert: first })
    return matchedCount + upsertedCount > 0
  } catch (error) {
    // The row is there: it ran out, or another first beat of this worker was quicker.
    if (!isDuplicateKey(error)) throw error
    return (await store.workers.updateOne(unexpired, lease, scope)).matchedCount > 0
  }
}

async function leave(store: Store, scope: Scope, { workerId, now, first }: Heartbeat): Promise<boolean> {
  const removed = await store.workers.findOneAndDelete({ _id: workerId }, scope)
  return removed ? removed.leaseUntil > now : first
}

async function findClaims(store: Store, scope: Scope, workerId: string): Promise<HeartbeatAnswer['claims']> {
  const projection = { claimId: 1, cancelRequestedAt: 1 }
  const running = await store.jobs.find({ status: 'running', workerId: { $eq: workerId } }, { ...scope, projection }).toArray()
  return running.map(({ _id, claimId, cancelRequestedAt }) => ({
    id: _id,
    claimId: claimId ?? '',
    cancelRequested: cancelRequestedAt !== null,
  }))
}

export async function findWorkers(store: Store, scope: Scope): Promise<WorkerRow[]> {
  const workers = await store.workers.find({}, { ...scope, sort: { _id: 1 } }).toArray()
  return workers.map(({ _id: id, leaseUntil, info }) => ({ id, leaseUntil, info }))
}

/** Jobs before workers: a worker has its lease before its first job, so who runs a job and has no lease afterwards is dead, and stays dead. */
export async function findOrphans(
  store: Store,
  scope: Scope,
  { now, limit, after = '' }: { now: number; limit: number; after?: string },
): Promise<JobRow[]> {
  if (limit <= 0) return []
  const busy: (string | null)[] = await store.jobs.distinct('workerId', { status: 'running' }, scope)
  const named = busy.flatMap((id) => id ?? [])
  const living = await store.workers.find({ _id: { $in: named }, leaseUntil: { $gt: now } }, { ...scope, projection: { _id: 1 } }).toArray()
  const alive = new Set<string | null>(living.map(({ _id }) => _id))
  const dead = busy.filter((id) => !alive.has(id))
  if (dead.length === 0) return []
  const orphans = await store.jobs
    .find(
      { status: 'running', workerId: { $in: dead }, _id: { $gt: after } },
      { ...scope, projection: withoutInternals, sort: { _id: 1 }, limit },
    )
    .toArray()
  return orphans.map(toRow)
}
