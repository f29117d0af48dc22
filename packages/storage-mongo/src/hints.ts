import { Timestamp } from 'mongodb'
import type { Scope } from './call.js'
import type { HintDocument, Store } from './store.js'

/** 200 hints are 40 KiB at most, of the collection's 1 MiB. */
const hintsPerDocument = 200

/** At `w: 1` without journal: a hint may be lost, and should cost little. */
const lightly = { writeConcern: { w: 1, j: false } } as const

export async function insertHints(store: Store, { maxTimeMS }: Scope, hints: string[]): Promise<void> {
  const documents: HintDocument[] = []
  for (let start = 0; start < hints.length; start += hintsPerDocument) {
    documents.push({ at: serverTime(), hints: hints.slice(start, start + hintsPerDocument) })
  }
  await store.hints.insertMany(documents, { ...lightly, ...(maxTimeMS === undefined ? {} : { maxTimeMS }) })
}

/** False: it was dropped, or this kind of server has no capped collections. */
export async function isCapped(store: Store): Promise<boolean> {
  const [found] = await store.database.listCollections({ name: store.hints.collectionName }, { nameOnly: false }).toArray()
  return found !== undefined && 'options' in found && found.options?.capped === true
}

/** When the newest hint was sent; null when there is none. */
export async function newestTime(store: Store): Promise<Timestamp | null> {
  const [newest] = await store.hints.find({}, { sort: { $natural: -1 }, limit: 1, projection: { at: 1 } }).toArray()
  return newest?.at ?? null
}

/** A tailable cursor dies at once on an empty collection. */
export async function insertSeed(store: Store): Promise<void> {
  await store.hints.insertOne({ at: serverTime(), hints: [] }, lightly)
}

/** The server puts its own time in place of an empty timestamp: it never stands still or goes back while the server runs. */
function serverTime(): Timestamp {
  return new Timestamp({ t: 0, i: 0 })
}
