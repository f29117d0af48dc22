import type { Connection, StatementText } from '../connection.js'

const promoteDue: StatementText = ({ jobs }) => `
  update "${jobs}" set status = 'pending'
  where rowid in (select rowid from "${jobs}" where status = 'scheduled' and run_at <= ? order by run_at, id limit ?)
  returning queue`

const selectNext: StatementText = ({ jobs }) => `select run_at as "runAt" from "${jobs}" where status = 'scheduled' order by run_at limit 1`

export interface Promoted {
  queues: string[]
  more: boolean
  nextRunAt: number | null
}

export function promoteJobs(connection: Connection, { now, limit }: { now: number; limit: number }): Promoted {
  const promoted = connection.prepare<{ queue: string }>(promoteDue).all(now, limit)
  return { ...nextDue(connection, now), queues: [...new Set(promoted.map(({ queue }) => queue))] }
}

/** Reads only, so that nothing due means no write lock. */
export function nextDue(connection: Connection, now: number): Promoted {
  const next = connection.prepare<{ runAt: number }>(selectNext).get()
  return { queues: [], more: next !== undefined && next.runAt <= now, nextRunAt: next?.runAt ?? null }
}
