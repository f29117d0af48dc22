import type { NewJob, NewState, QueueRow, State } from '@dbjobq/core/storage'
import { insertJob } from './insert.js'
import { byId, stateKey, type Tables } from './tables.js'

export function findQueues({ queues }: Tables): QueueRow[] {
  return [...queues.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

export interface StateFilter {
  kind: string
  ids?: string[]
  dueBefore?: number
}

export function findStates({ states }: Tables, filter: StateFilter, page: { limit: number; after?: string }): State[] {
  const { kind, ids, dueBefore } = filter
  const { limit, after = '' } = page
  return [...states.values()]
    .filter((state) => state.kind === kind && state.id > after && (!ids || ids.includes(state.id)))
    .filter((state) => dueBefore === undefined || (state.dueAt !== null && state.dueAt < dueBefore))
    .sort(byId)
    .slice(0, limit)
}

export function putState(tables: Tables, { text, ...state }: NewState, expected: number | null, jobs: NewJob[]): boolean {
  const key = stateKey(state)
  if ((tables.states.get(key)?.revision ?? null) !== expected) return false
  if (text === null) tables.states.delete(key)
  else tables.states.set(key, { ...state, text, revision: (expected ?? 0) + 1 })
  for (const job of jobs) insertJob(tables, job)
  return true
}
