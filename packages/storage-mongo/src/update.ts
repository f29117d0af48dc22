import type { JobUpdate, UpdateAnswer } from '@dbjobq/core/storage'
import type { ClientSession, Filter, UpdateFilter } from 'mongodb'
import type { Attempt, Scope } from './call.js'
import type { JobDocument } from './documents.js'
import type { Store } from './store.js'
import { sendWrites } from './write-command.js'

/** A row of the call, named so that its write is found again. */
interface Row {
  update: JobUpdate
  name: string
}

export async function updateJobs(store: Store, attempt: Attempt, updates: JobUpdate[]): Promise<UpdateAnswer[]> {
  const rows = updates.map((update, index): Row => ({ update, name: `${attempt.token}:${index}` }))
  const answers: UpdateAnswer[] = []
  for (const chunk of withoutRepeats(rows)) answers.push(...(await updateChunk(store, attempt, chunk)))
  return answers
}

/** A key that is held would abort the transaction of the caller, so it is looked up before. */
export async function updateJobsWithin(store: Store, session: ClientSession, updates: JobUpdate[]): Promise<UpdateAnswer[]> {
  const answers: UpdateAnswer[] = []
  for (const update of updates) answers.push(await updateWithin(store, { session }, update))
  return answers
}

async function updateWithin(store: Store, scope: Scope, update: JobUpdate): Promise<UpdateAnswer> {
  const { uniqueKey } = update.set
  if (typeof uniqueKey === 'string') {
    if (!(await store.jobs.findOne(guardOf(update), { ...scope, projection: { _id: 1 } }))) return 'stale'
    const holder = { uniqueKey: { $eq: uniqueKey, $type: 'string' as const }, _id: { $ne: update.id } }
    if (await store.jobs.findOne(holder, { ...scope, projection: { _id: 1 } })) return 'keyTaken'
  }
  return (await store.jobs.updateOne(guardOf(update), toChange(update), scope)).matchedCount === 1 ? 'updated' : 'stale'
}

async function updateChunk(store: Store, { scope, repeated }: Attempt, rows: Row[]): Promise<UpdateAnswer[]> {
  const before = repeated ? await findWritten(store, scope, rows) : new Set<string>()
  const open = rows.filter(({ name }) => !before.has(name))
  const { matched, taken } = await sendInOrder(store, scope, open)
  const written = matched + taken.size === open.length ? new Set(rows.map(({ name }) => name)) : await findWritten(store, scope, rows)
  return rows.map(({ name }) => (taken.has(name) ? 'keyTaken' : before.has(name) || written.has(name) ? 'updated' : 'stale'))
}

/** The server stops at a key that is held; what is behind it is sent again. */
async function sendInOrder(store: Store, scope: Scope, rows: Row[]): Promise<{ matched: number; taken: Set<string> }> {
  const taken = new Set<string>()
  let matched = 0
  for (let rest = rows; rest.length > 0;) {
    const { count, duplicates } = await sendWrites(store, scope, {
      update: store.jobs.collectionName,
      updates: rest.map(toCommand),
      ordered: true,
    })
    matched += count
    const [refused] = duplicates
    const row = refused === undefined ? undefined : rest[refused]
    if (row) taken.add(row.name)
    rest = refused === undefined ? [] : rest.slice(refused + 1)
  }
  return { matched, taken }
}

async function findWritten(store: Store, scope: Scope, rows: Row[]): Promise<Set<string>> {
  const filter = { _id: { $in: rows.map(({ update }) => update.id) }, lastWrite: { $in: rows.map(({ name }) => name) } }
  const written = await store.jobs.find(filter, { ...scope, projection: { lastWrite: 1 } }).toArray()
  return new Set(written.flatMap(({ lastWrite }) => lastWrite ?? []))
}

function toCommand({ update, name }: Row): { q: Filter<JobDocument>; u: UpdateFilter<JobDocument> } {
  return { q: guardOf(update), u: toChange(update, { lastWrite: name }) }
}

function guardOf({ id, from }: JobUpdate): Filter<JobDocument> {
  return { _id: id, status: { $in: from } }
}

function toChange({ set }: JobUpdate, more: Partial<JobDocument> = {}): UpdateFilter<JobDocument> {
  const given = Object.fromEntries(Object.entries<unknown>(set).filter(([, value]) => value !== undefined))
  return { $set: { ...given, ...more }, $inc: { rev: 1 } }
}

/** In runs that name no job twice, since a job remembers its last write only. */
function withoutRepeats(rows: Row[]): Row[][] {
  const runs: Row[][] = []
  let ids = new Set<string>()
  for (const row of rows) {
    if (runs.length === 0 || ids.has(row.update.id)) {
      runs.push([])
      ids = new Set()
    }
    ids.add(row.update.id)
    runs.at(-1)?.push(row)
  }
  return runs
}
