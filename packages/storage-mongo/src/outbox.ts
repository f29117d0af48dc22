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
 * ms in which one process alone inserts what lies in an outbox, long enough for a busy machine: a second one could insert a job
 * again that ran and was deleted meanwhile.
 */
const lease = 5_000
/** ms */
const pause = 20
const beginLease = { $currentDate: { 'outbox.since': true } } as const
// An absent time would count as long ago.
const isOver = { 'outbox.since': { $exists: true }, $expr: { $lt: ['$outbox.since', { $subtract: ['$$NOW', lease] }] } }

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
  const filled: Filter<Holder> = { 'outbox.token': { $exists: true }, ...(ids ? { _id: { $in: ids } } : {}) }
  const seen = await collection.find(filled, { ...scope, projection: { 'outbox.token': 1 }, limit }).toArray()
  if (seen.length > 0) await collection.updateMany({ ...same(seen), 'outbox.since': { $exists: false } }, beginLease, scope)
  for (let waiting = seen; waiting.length > 0;) {
    const over = await collection.find({ ...same(waiting), ...isOver }, { ...scope, projection: { 'outbox.token': 1 } }).toArray()
    for (const holder of over) await takeOver(store, place, scope, holder)
    waiting = await collection.find(same(waiting), { ...scope, projection: { 'outbox.token': 1 } }).toArray()
    if (waiting.length > 0) await sleep(pause)
  }
  return seen.length
}

/** With a new token, so that its first owner sees that it is no longer alone. */
async function takeOver(store: Store, place: Place, scope: Scope, holder: Holder): Promise<void> {
  const take = { ...beginLease, $set: { 'outbox.token': randomUUID() } }
  const taken = await collectionOf(store, place).findOneAndUpdate({ ...same([holder]), ...isOver }, take, {
    ...scope,
    returnDocument: 'after',
  })
  if (taken) await drain(store, place, scope, taken)
}

function same(holders: Holder[]): Filter<Holder> {
  return { _id: { $in: holders.map(({ _id }) => _id) }, 'outbox.token': { $in: holders.flatMap(({ outbox }) => outbox?.token ?? []) } }
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
