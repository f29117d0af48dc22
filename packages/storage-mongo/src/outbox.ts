import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
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
/** ms */
const pause = 20
const isOver = { $lt: ['$outbox.since', { $subtract: ['$$NOW', lease] }] }

/** What this very call put there. */
export async function drainOwn(store: Store, place: Place, attempt: Attempt, ids: string[]): Promise<void> {
  const { scope, token, begin } = attempt
  const own = { _id: { $in: ids }, 'outbox.token': token }
  const found = await collectionOf(store, place)
    .find(own, { ...scope, projection: { outbox: 1 } })
    .toArray()
  if (performance.now() - begin >= lease) await drainAll(store, place, scope, { ids, limit: ids.length })
  else for (const holder of found) await drain(store, place, scope, holder)
}

/**
 * What lies there now, at most `limit`; answers how many. It waits for those who are at work on theirs,
 * and goes on for those whose lease runs out.
 */
export async function drainAll(
  store: Store,
  place: Place,
  scope: Scope,
  { ids, limit }: { ids?: string[]; limit: number },
): Promise<number> {
  const collection = collectionOf(store, place)
  const filled: Filter<Holder> = { 'outbox.since': { $exists: true }, ...(ids ? { _id: { $in: ids } } : {}) }
  const seen = await collection.find(filled, { ...scope, projection: { 'outbox.token': 1 }, limit }).toArray()
  for (let waiting = seen; waiting.length > 0;) {
    const same: Filter<Holder> = {
      _id: { $in: waiting.map(({ _id }) => _id) },
      'outbox.token': { $in: waiting.flatMap(({ outbox }) => outbox?.token ?? []) },
    }
    const over = await collection.find({ ...same, $expr: isOver }, { ...scope, projection: { 'outbox.token': 1 } }).toArray()
    for (const holder of over) await takeOver(store, place, scope, holder)
    waiting = await collection.find(same, { ...scope, projection: { 'outbox.token': 1 } }).toArray()
    if (waiting.length > 0) await sleep(pause)
  }
  return seen.length
}

async function takeOver(store: Store, place: Place, scope: Scope, { _id, outbox }: Holder): Promise<void> {
  if (!outbox) return
  // By the token: where the outbox is gone, its absent `since` would count as long ago.
  const over = { _id, 'outbox.token': outbox.token, $expr: isOver }
  // A new token, so that its first owner sees that it is no longer alone.
  const begin = { $set: { 'outbox.token': randomUUID() }, $currentDate: { 'outbox.since': true as const } }
  const taken = await collectionOf(store, place).findOneAndUpdate(over, begin, { ...scope, returnDocument: 'after' })
  if (taken) await drain(store, place, scope, taken)
}

/** Inserted first: repeated after a crash it finds them there. */
async function drain(store: Store, place: Place, scope: Scope, { _id, outbox }: Holder): Promise<void> {
  if (!outbox) return
  await insertEach(store, scope, outbox.jobs)
  const drained = { _id, 'outbox.token': outbox.token }
  if (place === 'batches') await collectionOf(store, place).deleteOne(drained, scope)
  else await collectionOf(store, place).updateOne(drained, { $unset: { outbox: '' } }, scope)
}

function collectionOf(store: Store, place: Place): Collection<Holder> {
  return store.database.collection(store[place].collectionName)
}
