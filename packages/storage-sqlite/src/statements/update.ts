import type { JobUpdate, Mark, UpdateAnswer } from '@dbjobq/core/storage'
import { jobColumns } from '@dbjobq/storage-sql'
import type { Connection, StatementText, Value } from '../connection.js'

const markOne: StatementText = ({ jobs }) => `
  update "${jobs}" set started_at = coalesce(?, started_at), progress = coalesce(?, progress)
  where id = ? and claim_id = ? and status = 'running'`

export function markJobs(connection: Connection, marks: Mark[]): boolean[] {
  const update = connection.prepare(markOne)
  return marks.map(({ id, claimId, startedAt, progress }) => update.run(startedAt ?? null, progress ?? null, id, claimId).changes === 1)
}

export function updateJobs(connection: Connection, updates: JobUpdate[]): UpdateAnswer[] {
  return updates.map((update) => {
    try {
      return updateOne(connection, update) ? 'updated' : 'stale'
    } catch (error) {
      // The unique index undoes this one statement; the transaction, ours or the caller's, goes on.
      if (isTakenKey(error)) return 'keyTaken'
      throw error
    }
  })
}

/** Core sets few combinations of fields, so the statement of each stays prepared. */
function updateOne(connection: Connection, { id, from, set }: JobUpdate): boolean {
  const fields = Object.entries(set) as [keyof typeof jobColumns, Value][]
  const assignments = fields.length > 0 ? fields.map(([field]) => `${jobColumns[field]} = ?`).join(', ') : 'id = id'
  const statement = connection.prepare(
    `update "${connection.tables.jobs}" set ${assignments} where id = ? and status in (select value from json_each(?))`,
  )
  return statement.run(...fields.map(([, value]) => value), id, JSON.stringify(from)).changes === 1
}

function isTakenKey(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_CONSTRAINT_UNIQUE'
}
