import type { Collection, Filter } from 'mongodb'
import type { Attempt, Scope } from './call.js'
import type { Outbox } from './documents.js'
import { insertEach } from './insert.js'
import type { Store } from './store.js'

type Place = 'jobs' | 'states' | 'batches'

interface Holder {
  _id: string
  outbox?: Outbox
}

/**
 * ms in which one process alone inserts what lies in an outbox. A second one that was slow could otherwise insert a job again
 * that ran and was deleted meanwhile.
 */
const lease = 2_000

/** What this very call put there; left to `promoteJobs` when its lease is over. */
export async function drainOwn(store: Store, place: Place, { scope, token, begin }: Attempt, ids: string[]): Promise<void> {
  const collection = collectionOf(store, place)
  const found = await collection.find({ _id: { $in: ids }, 'outbox.token': token }, { ...scope, projection: { outbox: 1 } }).toArray()
  if (performance.now() - begin < lease) for (const holder of found) await drain(store, place, scope, holder)
}

/** What crashed callers left, at most `limit`; answers how many. */
export async function drainDue(store: Store, place: Place, scope: Scope, { ids, limit }: { ids?: string[]; limit: number }): Promise<number> {
  const collection = collectionOf(store, place)
  const due: Filter<Holder> = {
    'outbox.since': { $exists: true },
    $expr: { $lt: ['$outbox.since', { $subtract: ['$$NOW', lease] }] },
    ...(ids ? { _id: { $in: ids } } : {}),
  }
  const found = await collection.find(due, { ...scope, projection: { _id: 1 }, limit }).toArray()
  for (const { _id } of found) {
    const begin = { $currentDate: { 'outbox.since': true } } as const
    const taken = await collection.findOneAndUpdate({ ...due, _id }, begin, { ...scope, returnDocument: 'after' })
    if (taken) await drain(store, place, scope, taken)
  }
  return found.length
}

/** Inserted first: repeated after a crash it finds them there. */
async function drain(store: Store, place: Place, scope: Scope, { _id, outbox }: Holder): Promise<void> {
  if (!outbox) return
  const collection = collectionOf(store, place)
  await insertEach(store, scope, outbox.jobs)
  const drained = { _id, 'outbox.token': outbox.token }
  if (place === 'batches') await collection.deleteOne(drained, scope)
  else await collection.updateOne(drained, { $unset: { outbox: '' } }, scope)
}

function collectionOf(store: Store, place: Place): Collection<Holder> {
  return store.database.collection(store[place].collectionName, {
    readPreference: 'primary',
    ...(store.database.writeConcern ? { writeConcern: store.database.writeConcern } : {}),
  })
}
