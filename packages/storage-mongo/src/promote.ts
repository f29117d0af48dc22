import type { Attempt } from './call.js'
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
  const { scope } = attempt
  const drained = await Promise.all((['jobs', 'states', 'batches'] as const).map((place) => drainAll(store, place, scope, { limit })))
  const scheduled = await store.jobs
    .find(
      { status: 'scheduled' },
      { ...scope, sort: { runAt: 1, _id: 1 }, projection: { runAt: 1, queue: 1 }, limit: limit + 1, batchSize: limit + 2 },
    )
    .toArray()
  const due = scheduled.slice(0, limit).filter(({ runAt }) => runAt <= now)
  const next = scheduled[due.length]
  for (const { queue } of due) sent.add(queue)
  const promoted =
    due.length === 0
      ? 0
      : await promote(
          store,
          attempt,
          due.map(({ _id }) => _id),
          now,
        )
  return {
    queues: promoted > 0 || attempt.repeated ? [...sent] : [],
    more: (next !== undefined && next.runAt <= now) || drained.some((count) => count >= limit),
    nextRunAt: next?.runAt ?? null,
  }
}

/** The guard on `runAt` keeps those asleep that were promoted, run and put back for later since they were read. */
async function promote(store: Store, { scope }: Attempt, ids: string[], now: number): Promise<number> {
  const filter = { _id: { $in: ids }, status: 'scheduled' as const, runAt: { $lte: now } }
  return (await store.jobs.updateMany(filter, { $set: { status: 'pending' }, $inc: { rev: 1 } }, scope)).matchedCount
}
