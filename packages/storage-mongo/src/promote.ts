import type { Attempt, Scope } from './call.js'
import { drainAll } from './outbox.js'
import type { Store } from './store.js'

export interface Promotion {
  queues: string[]
  more: boolean
  nextRunAt: number | null
}

/** `sent` holds the queues of jobs that earlier attempts of this call may have promoted. */
export async function promoteJobs(
  store: Store,
  attempt: Attempt,
  { now, limit }: { now: number; limit: number },
  sent: Set<string>,
): Promise<Promotion> {
  const places = limit > 0 ? (['jobs', 'states', 'batches'] as const) : []
  // Beside each other: what a dead process left takes the time of its lease.
  const [promotion, ...drained] = await Promise.all([
    promoteDue(store, attempt, { now, limit }, sent),
    ...places.map((place) => drainAll(store, place, attempt.scope, { limit })),
  ])
  const done = drained.every((count) => count === 0)
  const again = done ? promotion : await promoteDue(store, attempt, { now, limit: limit - promotion.count }, sent)
  return {
    queues: attempt.repeated ? [...sent] : [...new Set([...promotion.queues, ...again.queues])],
    more: again.more || drained.some((count) => count >= limit),
    nextRunAt: again.nextRunAt,
  }
}

async function promoteDue(
  store: Store,
  { scope }: Attempt,
  { now, limit }: { now: number; limit: number },
  sent: Set<string>,
): Promise<Promotion & { count: number }> {
  const options = { sort: { runAt: 1, _id: 1 }, projection: { runAt: 1, queue: 1 }, limit: limit + 1, batchSize: limit + 2 } as const
  const scheduled = await store.jobs.find({ status: 'scheduled' }, { ...scope, ...options }).toArray()
  const due = scheduled.slice(0, limit).filter(({ runAt }) => runAt <= now)
  const next = scheduled[due.length]
  const queues = [...new Set(due.map(({ queue }) => queue))]
  for (const queue of queues) sent.add(queue)
  const ids = due.map(({ _id }) => _id)
  const count = ids.length === 0 ? 0 : await promote(store, scope, ids, now)
  return { count, queues: count > 0 ? queues : [], more: next !== undefined && next.runAt <= now, nextRunAt: next?.runAt ?? null }
}

/** The guard on `runAt` keeps those asleep that were promoted, run and put back for later since they were read. */
async function promote(store: Store, scope: Scope, ids: string[], now: number): Promise<number> {
  const filter = { _id: { $in: ids }, status: 'scheduled' as const, runAt: { $lte: now } }
  return (await store.jobs.updateMany(filter, { $set: { status: 'pending' }, $inc: { rev: 1 } }, scope)).matchedCount
}
