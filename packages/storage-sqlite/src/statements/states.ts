import type { NewJob, NewState, QueueRow } from '@dbjobq/core/storage'
import type { Connection, StatementText } from '../connection.js'
import { insertJobs } from './insert.js'

const upsertQueue: StatementText = ({ queues }) => `
  insert into "${queues}" (name, paused_at, settings) values (?, ?, ?)
  on conflict (name) do update set paused_at = excluded.paused_at, settings = excluded.settings`

export function putQueue(connection: Connection, { name, pausedAt, settings }: QueueRow): void {
  connection.prepare(upsertQueue).run(name, pausedAt, settings)
}

const selectRevision: StatementText = ({ states }) => `select revision from "${states}" where kind = ? and id = ?`
const deleteState: StatementText = ({ states }) => `delete from "${states}" where kind = ? and id = ?`
const upsertState: StatementText = ({ states }) => `
  insert into "${states}" (kind, id, revision, due_at, text) values (?, ?, ?, ?, ?)
  on conflict (kind, id) do update set revision = excluded.revision, due_at = excluded.due_at, text = excluded.text`

/** Compare, then set: the write lock makes the two one. */
export function putState(connection: Connection, { kind, id, dueAt, text }: NewState, expected: number | null, jobs: NewJob[]): boolean {
  const found = connection.prepare<{ revision: number }>(selectRevision).get(kind, id)
  if ((found?.revision ?? null) !== expected) return false
  if (text === null) connection.prepare(deleteState).run(kind, id)
  else connection.prepare(upsertState).run(kind, id, (expected ?? 0) + 1, dueAt, text)
  insertJobs(connection, jobs)
  return true
}
