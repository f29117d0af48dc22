import type { InsertAnswer, NewJob } from '@dbjobq/core/storage'
import type { InsertOneOptions } from 'mongodb'
import { afterWrite, type Attempt, type Scope } from './call.js'
import { isDuplicateKey } from './errors.js'
import { insertEach } from './insert.js'
import { drainAll } from './outbox.js'
import type { BatchDocument, Store } from './store.js'

/**
 * All or none: several jobs lie in an outbox until all of them are in, and any `promoteJobs` finishes it.
 * Kept and dropped at `w: 1`, since journal and oplog keep the order: whatever of these jobs outlives a crash or a failover,
 * the outbox before them does too, and whatever was done to them later, its removal does too.
 */
export async function insertJobs(store: Store, { scope, token }: Attempt, jobs: NewJob[]): Promise<InsertAnswer[]> {
  if (jobs.length <= 1) return insertEach(store, scope, jobs)
  const early = { ...scope, writeConcern: { w: 1 } }
  await keep(store, early, { _id: token, outbox: { token, jobs } })
  return afterWrite(async () => {
    const answers = await insertEach(store, scope, jobs)
    const { deletedCount } = await store.batches.deleteOne({ _id: token, 'outbox.token': token }, early)
    if (deletedCount === 1) return answers
    // Another took it over, and may have inserted a job whose key was held when this call came.
    await drainAll(store, 'batches', scope, { ids: [token], limit: 1 })
    return withLate(store, scope, jobs, answers)
  })
}

async function withLate(store: Store, scope: Scope, jobs: NewJob[], answers: InsertAnswer[]): Promise<InsertAnswer[]> {
  const refused = jobs.filter((_, index) => answers[index]?.inserted === false).map(({ id }) => id)
  const late = await store.jobs.find({ _id: { $in: refused } }, { ...scope, projection: { _id: 1 } }).toArray()
  const there = new Set(late.map(({ _id }) => _id))
  return jobs.map(({ id }, index) => (there.has(id) ? { inserted: true, id } : (answers[index] ?? { inserted: true, id })))
}

async function keep(store: Store, early: InsertOneOptions, batch: BatchDocument): Promise<void> {
  try {
    await store.batches.insertOne(batch, early)
  } catch (error) {
    // An earlier attempt of this call kept it.
    if (!isDuplicateKey(error)) throw error
  }
}
