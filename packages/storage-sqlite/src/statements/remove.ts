import type { JobStatus } from '@dbjobq/core/storage'
import type { Connection, StatementText } from '../connection.js'

const deleteOne: StatementText = ({ jobs }) => `delete from "${jobs}" where id = ? and status <> 'running'`
const deleteOneFrom: StatementText = (tables) => `${deleteOne(tables)} and status in (select value from json_each(?))`

export function deleteJobs(connection: Connection, ids: string[], from?: JobStatus[]): string[] {
  const remove = connection.prepare(from ? deleteOneFrom : deleteOne)
  const guard = from ? [JSON.stringify(from)] : []
  return [...new Set(ids)].filter((id) => remove.run(id, ...guard).changes === 1)
}

const isDue = `delete_at <= ? and status in ('completed', 'failed', 'cancelled')`
const pruneDue: StatementText = ({ jobs }) => `
  delete from "${jobs}"
  where rowid in (select rowid from "${jobs}" where ${isDue} limit ?)`

export function pruneJobs(connection: Connection, { now, limit }: { now: number; limit: number }): number {
  return connection.prepare(pruneDue).run(now, limit).changes
}

const selectDue: StatementText = ({ jobs }) => `select 1 from "${jobs}" where ${isDue} limit 1`

/** Reads only, so that nothing to prune means no write lock. */
export function canPrune(connection: Connection, now: number): boolean {
  return connection.prepare(selectDue).get(now) !== undefined
}
