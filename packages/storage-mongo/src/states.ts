import type { NewJob, NewState, State } from '@dbjobq/core/storage'
import type { Filter } from 'mongodb'
import { afterWrite, type Attempt, type Scope } from './call.js'
import { isDuplicateKey, storageError } from './errors.js'
import { drainAll, drainOwn } from './outbox.js'
import type { StateDocument, Store } from './store.js'

const rounds = 5
const idOf = ({ kind, id }: { kind: string; id: string }): string => `${kind} ${id}`

/** As it was found; null when absent. */
type Found = Pick<StateDocument, 'revision' | 'lastWrite'> & { blocked: boolean }

export async function findStates(
  store: Store,
  scope: Scope,
  { kind, ids, dueBefore }: { kind: string; ids?: string[]; dueBefore?: number },
  { limit, after = '' }: { limit: number; after?: string },
): Promise<State[]> {
  if (limit <= 0) return []
  const filter: Filter<StateDocument> = {
    _id: { $gt: idOf({ kind, id: after }), $lt: `${kind}!`, ...(ids ? { $in: ids.map((id) => idOf({ kind, id })) } : {}) },
    ...(dueBefore === undefined ? {} : { dueAt: { $lt: dueBefore } }),
  }
  const found = await store.states.find(filter, { ...scope, sort: { _id: 1 }, limit }).toArray()
  return found.map(({ kind, id, revision, dueAt, text }) => ({ kind, id, revision, dueAt, text }))
}

export async function putState(store: Store, attempt: Attempt, state: NewState, expected: number | null, jobs: NewJob[]): Promise<boolean> {
  if (state.text === null) return remove(store, attempt, state, expected)
  for (let round = 0; round < rounds; round++) {
    if (await write(store, attempt, state, expected, jobs)) {
      if (jobs.length > 0) await afterWrite(() => drainOwn(store, 'states', attempt, [idOf(state)]))
      return true
    }
    const found = await find(store, attempt.scope, state)
    if (found?.lastWrite === attempt.token) {
      await afterWrite(() => drainOwn(store, 'states', attempt, [idOf(state)]))
      return true
    }
    if (!found?.blocked || found.revision !== expected) return false
    await drainAll(store, 'states', attempt.scope, { ids: [idOf(state)], limit: 1 })
  }
  throw storageError('CONTENTION', 'The jobs of an earlier write of this state were not in yet.')
}

/** False when another revision is there, or jobs that an earlier write left. */
async function write(store: Store, { scope, token }: Attempt, state: NewState, expected: number | null, jobs: NewJob[]): Promise<boolean> {
  const { kind, id, dueAt } = state
  const set: Partial<StateDocument> = { kind, id, dueAt, text: state.text ?? '', revision: (expected ?? 0) + 1, lastWrite: token }
  const change = { $set: { ...set, ...(jobs.length > 0 ? { outbox: { token, jobs } } : {}) } }
  try {
    const { matchedCount, upsertedCount } = await store.states.updateOne(guardOf(state, expected), change, {
      ...scope,
      upsert: expected === null,
    })
    return matchedCount + upsertedCount > 0
  } catch (error) {
    if (expected === null && isDuplicateKey(error)) return false
    throw error
  }
}

async function remove(store: Store, { scope, answerLost }: Attempt, state: NewState, expected: number | null): Promise<boolean> {
  for (let round = 0; round < rounds; round++) {
    if (expected !== null && (await store.states.deleteOne(guardOf(state, expected), scope)).deletedCount > 0) return true
    const found = await find(store, scope, state)
    if (expected === null) return found === null
    if (found === null && answerLost)
      throw storageError('UNAVAILABLE', 'The connection was lost while a state was deleted, by this call or another.', 'unknown')
    if (!found?.blocked || found.revision !== expected) return false
    await drainAll(store, 'states', scope, { ids: [idOf(state)], limit: 1 })
  }
  throw storageError('CONTENTION', 'The jobs of an earlier write of this state were not in yet.')
}

function guardOf(state: NewState, expected: number | null): Filter<StateDocument> {
  const absent = { $exists: false }
  return expected === null ? { _id: idOf(state), revision: absent } : { _id: idOf(state), revision: expected, outbox: absent }
}

async function find(store: Store, scope: Scope, state: NewState): Promise<Found | null> {
  const projection = { revision: 1, lastWrite: 1, 'outbox.token': 1 }
  const found = await store.states.findOne({ _id: idOf(state) }, { ...scope, projection })
  return found && { ...found, blocked: found.outbox !== undefined }
}
