import type { Connection, StatementText } from '../connection.js'

const deleteOne: StatementText = ({ jobs }) => `delete from "${jobs}" where id = ? and status <> 'running'`

export function deleteJobs(connection: Connection, ids: string[]): string[] {
  const remove = connection.prepare(deleteOne)
  return [...new Set(ids)].filter((id) => remove.run(id).changes === 1)
}

const pruneDue: StatementText = ({ jobs }) => `
  delete from "${jobs}"
  where rowid in (select rowid from "${jobs}" where delete_at <= ? and finished_at is not null and status <> 'running' limit ?)`

export function pruneJobs(connection: Connection, { now, limit }: { now: number; limit: number }): number {
  return connection.prepare(pruneDue).run(now, limit).changes
}

const selectDue: StatementText = ({ jobs }) => `
  select 1 from "${jobs}" where delete_at <= ? and finished_at is not null and status <> 'running' limit 1`

/** Reads only, so that nothing to prune means no write lock. */
export function canPrune(connection: Connection, now: number): boolean {
  return connection.prepare(selectDue).get(now) !== undefined
}
