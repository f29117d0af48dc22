import type { InsertAnswer, NewJob } from '@dbjobq/core/storage'
import type { Scope } from './call.js'
import { toDocument, type JobDocument } from './documents.js'
import { storageError } from './errors.js'
import type { Store } from './store.js'
import { sendWrites } from './write-command.js'

/** The id of the job that is there for each job that was to be inserted: its own, or the holder's of its key. */
type Present = Map<string, string>

const rounds = 10

/** Each for itself, outside of transactions; a document that is there already is left as it is. */
export async function insertEach(store: Store, scope: Scope, jobs: NewJob[]): Promise<InsertAnswer[]> {
  const present: Present = new Map()
  let rest = toDocuments(jobs)
  for (let round = 0; rest.length > 0; round++) {
    if (round === rounds) throw storageError('CONTENTION', 'The holders of a unique key changed all the time.')
    const refused = await sendInsert(store, scope, rest)
    for (const { _id } of rest) present.set(_id, _id)
    for (const { _id } of refused) present.delete(_id)
    for (const [id, holder] of await findPresent(store, scope, refused)) present.set(id, holder)
    // What was in the way is gone by now.
    rest = refused.filter(({ _id }) => !present.has(_id))
  }
  return toAnswers(jobs, present)
}

/** In the transaction of the caller, which a duplicate key would abort: so who is there is read first, in its snapshot. */
export async function insertJobsWithin(store: Store, scope: Scope, jobs: NewJob[]): Promise<InsertAnswer[]> {
  const documents = toDocuments(jobs)
  const present = await findPresent(store, scope, documents)
  const keys = new Map<string, string>()
  const fresh = documents.filter(({ _id, uniqueKey }) => {
    const holder = uniqueKey === null ? undefined : keys.get(uniqueKey)
    if (holder !== undefined && !present.has(_id)) present.set(_id, holder)
    if (present.has(_id)) return false
    if (uniqueKey !== null) keys.set(uniqueKey, _id)
    present.set(_id, _id)
    return true
  })
  await sendInsert(store, scope, fresh)
  return toAnswers(jobs, present)
}

async function findPresent(store: Store, scope: Scope, documents: JobDocument[]): Promise<Present> {
  if (documents.length === 0) return new Map()
  const ids = documents.map(({ _id }) => _id)
  const keys = documents.flatMap(({ uniqueKey }) => uniqueKey ?? [])
  const wanted =
    keys.length === 0 ? { _id: { $in: ids } } : { $or: [{ _id: { $in: ids } }, { uniqueKey: { $in: keys, $type: 'string' as const } }] }
  const found = await store.jobs.find(wanted, { ...scope, projection: { uniqueKey: 1 } }).toArray()
  const there = new Set(found.map(({ _id }) => _id))
  const holders = new Map(found.map(({ _id, uniqueKey }) => [uniqueKey, _id]))
  return new Map(
    documents.flatMap(({ _id, uniqueKey }) => {
      const holder = there.has(_id) ? _id : uniqueKey === null ? undefined : holders.get(uniqueKey)
      return holder === undefined ? [] : [[_id, holder] as const]
    }),
  )
}

/** Answers those refused as duplicates, of their id or key. */
async function sendInsert(store: Store, scope: Scope, documents: JobDocument[]): Promise<JobDocument[]> {
  if (documents.length === 0) return []
  const { duplicates } = await sendWrites(store, scope, { insert: store.jobs.collectionName, documents, ordered: false })
  return duplicates.flatMap((index) => documents[index] ?? [])
}

/** Without repeated ids: the first counts. */
function toDocuments(jobs: NewJob[]): JobDocument[] {
  const distinct = new Map<string, NewJob>()
  for (const job of jobs) if (!distinct.has(job.id)) distinct.set(job.id, job)
  return [...distinct.values()].map(toDocument)
}

function toAnswers(jobs: NewJob[], present: Present): InsertAnswer[] {
  return jobs.map(({ id }) => {
    const holder = present.get(id) ?? id
    return { inserted: holder === id, id: holder }
  })
}
