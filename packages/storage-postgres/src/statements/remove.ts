import { maxRowsPerCall, type JobStatus } from '@dbjobq/core/storage'
import type { SqlNames } from '../names.js'
import { prepared, type Session } from '../session.js'

export async function deleteJobs(session: Session, { jobs }: SqlNames, ids: string[], from?: JobStatus[]): Promise<string[]> {
  const text = `
    delete from ${jobs} where id = any($1::text[]) and status <> 'running' and ($2::text[] is null or status = any($2)) returning id`
  const { rows } = await session.query({ text }, [ids, from ?? null])
  return rows.map(({ id }) => id as string)
}

export type PruneJobs = (session: Session, request: { now: number; limit: number }) => Promise<number>

/** By primary key, past rows that others hold. The limit that is a constant is for the planner, see claim. */
export function pruneFrom({ jobs }: SqlNames): PruneJobs {
  const prune = prepared(`
    delete from ${jobs} where id = any(array(
      select due.id from (
        select id from ${jobs} where delete_at <= $1 and status in ('completed', 'failed', 'cancelled')
        order by delete_at limit ${maxRowsPerCall} for update skip locked
      ) as due limit $2
    ))`)
  return async (session, { now, limit }) => (await session.query(prune, [now, limit])).rowCount
}
