import { jsonIds, toJsonIds } from './json-rows.js'
import type { Session } from './session.js'
import { jobsById, type Tables } from './tables.js'

export async function promoteJobs(
  session: Session,
  tables: Tables,
  { now, limit }: { now: number; limit: number },
): Promise<{ queues: string[]; more: boolean; nextRunAt: number | null }> {
  const first = await findNextRunAt(session, tables)
  if (first === null || first > now) return { queues: [], more: false, nextRunAt: first }
  const queues = await session.inTransaction(() => promoteDue(session, tables, now, limit))
  const nextRunAt = await findNextRunAt(session, tables)
  return { queues, more: nextRunAt !== null && nextRunAt <= now, nextRunAt }
}

/** Answers the queues that got a job. */
async function promoteDue(session: Session, { quoted }: Tables, now: number, limit: number): Promise<string[]> {
  const due = await session.read(
    `select id, queue from ${quoted.jobs} force index (due) where status = 'scheduled' and due_at <= ?
    order by due_at limit ? for update skip locked`,
    [now, limit],
  )
  if (due.length === 0) return []
  await session.write(`update ${jsonIds} ${jobsById(quoted)} set jobs.status = 'pending'`, [toJsonIds(due.map((row) => row.id as string))])
  return [...new Set(due.map((row) => row.queue as string))]
}

async function findNextRunAt(session: Session, { quoted }: Tables): Promise<number | null> {
  const [next] = await session.read(
    `select run_at from ${quoted.jobs} force index (due) where status = 'scheduled' order by due_at limit 1`,
    [],
  )
  return next ? Number(next.run_at) : null
}
