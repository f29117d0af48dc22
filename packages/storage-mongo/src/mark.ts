import type { Mark } from '@dbjobq/core/storage'
import type { Attempt } from './call.js'
import { writeClaimed, type ClaimedWrite } from './claimed-write.js'
import type { Store } from './store.js'

export async function markJobs(store: Store, { scope }: Attempt, marks: Mark[]): Promise<boolean[]> {
  const writes = toWrites(marks)
  if ((await writeClaimed(store, scope, writes)) === writes.length) return marks.map(() => true)
  const filter = { _id: { $in: writes.map(({ id }) => id) }, status: 'running' as const }
  const running = await store.jobs.find(filter, { ...scope, projection: { claimId: 1 } }).toArray()
  const claims = new Map(running.map(({ _id, claimId }) => [_id, claimId]))
  return marks.map(({ id, claimId }) => claims.get(id) === claimId)
}

/** One a claim: later marks of it go over earlier ones, field by field. */
function toWrites(marks: Mark[]): ClaimedWrite[] {
  const writes = new Map<string, ClaimedWrite>()
  for (const { id, claimId, startedAt, progress } of marks) {
    const key = `${id} ${claimId}`
    const values = { ...(startedAt === undefined ? {} : { startedAt }), ...(progress === undefined ? {} : { progress }) }
    writes.set(key, { id, claimId, values: { ...writes.get(key)?.values, ...values } })
  }
  return [...writes.values()]
}
