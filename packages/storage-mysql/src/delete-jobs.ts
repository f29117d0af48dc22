import type { JobStatus } from '@dbjobq/core/storage'
import { jsonIds, toJsonIds } from './json-rows.js'
import { lockJobs } from './lock-jobs.js'
import type { Session } from './session.js'
import { jobsById, type Tables } from './tables.js'

export async function deleteJobs(session: Session, tables: Tables, ids: string[], from?: JobStatus[]): Promise<string[]> {
  return session.inTransaction(async () => {
    const rows = await lockJobs(
      session,
      tables,
      ids.map((id) => ({ id })),
    )
    const removable = [...new Set(ids)].filter((id) => {
      const { status = 'running' } = rows.get(id) ?? {}
      return status !== 'running' && (!from || from.includes(status))
    })
    if (removable.length > 0) {
      await session.write(`delete jobs from ${jsonIds} ${jobsById(tables.quoted)}`, [toJsonIds(removable)])
    }
    return removable
  })
}

/** Of one statement, so that its locks are short. */
const pruneBatch = 500

/** Chosen by a plain read and deleted by primary key: a delete along a secondary index deadlocks with inserts. */
export async function pruneJobs(session: Session, { quoted }: Tables, { now, limit }: { now: number; limit: number }): Promise<number> {
  const isDue = `status in ('completed', 'failed', 'cancelled') and due_at <= ?`
  const due = await session.read(`select id from ${quoted.jobs} force index (due) where ${isDue} limit ?`, [now, limit])
  let pruned = 0
  for (let start = 0; start < due.length; start += pruneBatch) {
    const ids = due.slice(start, start + pruneBatch).map((row) => row.id as string)
    pruned += await session.write(
      `delete jobs from ${jsonIds} ${jobsById(quoted)}
      where jobs.status in ('completed', 'failed', 'cancelled') and jobs.due_at <= ?`,
      [toJsonIds(ids), now],
    )
  }
  return pruned
}
