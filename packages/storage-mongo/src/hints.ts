import { Timestamp } from 'mongodb'
import type { Scope } from './call.js'
import type { HintDocument, Store } from './store.js'

/** 200 hints are 40 KiB at most, of the collection's 1 MiB. */
const hintsPerDocument = 200

/** At `w: 1` without journal: a hint may be lost, and should cost little. */
const lightly = { writeConcern: { w: 1, j: false } } as const

/** In a document that is inserted the server puts its own time in its place, which never stands still, nor goes back while it runs. */
const beginning = new Timestamp({ t: 0, i: 0 })

export async function insertHints(store: Store, { maxTimeMS }: Scope, hints: string[]): Promise<void> {
  const documents: HintDocument[] = []
  for (let start = 0; start < hints.length; start += hintsPerDocument) {
    documents.push({ at: beginning, hints: hints.slice(start, start + hintsPerDocument) })
  }
  await store.hints.insertMany(documents, { ...lightly, ...(maxTimeMS === undefined ? {} : { maxTimeMS }) })
}

/**
 * Whether a tailable cursor has something to follow, asked without reading: not where the collection was dropped, nor where the
 * server refused to make a capped one. So that it needs no right but to find, the server is asked how it would.
 */
export async function hasHints(store: Store): Promise<boolean> {
  const find = { find: store.hints.collectionName, filter: {}, tailable: true }
  try {
    const { queryPlanner } = await store.database.command({ explain: find, verbosity: 'queryPlanner' })
    return JSON.stringify(queryPlanner).includes('COLLSCAN')
  } catch (error) {
    if (isRefusal(error)) return false
    throw error
  }
}

/** When the newest hint was sent; where there is none, the beginning. */
export async function newestTime(store: Store): Promise<Timestamp> {
  const [newest] = await store.hints.find({}, { sort: { $natural: -1 }, limit: 1, projection: { at: 1 } }).toArray()
  if (newest) return newest.at ?? beginning
  // On an empty collection a tailable cursor dies at once.
  if (await hasHints(store)) await store.hints.insertOne({ at: beginning, hints: [] }, lightly)
  return beginning
}

/** Bad value, failed to parse, illegal operation, no such command, invalid options, command or feature not supported, unknown field, strict API, Atlas. */
const refusals: unknown[] = [2, 9, 20, 59, 72, 115, 238, 303, 323, 40415, 8000]

/** The server is none that does this. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && refusals.includes(error.code)
}
