import type { ClaimRequest, JobRow } from '@dbjobq/core/storage'
import { jobColumnList, jobColumnListOf, toJob } from './jobs.js'
import { isName, jsonIds, toJsonIds } from './json-rows.js'
import type { LowWaterMark } from './low-water.js'
import type { Session } from './session.js'
import { jobsById, type Tables } from './tables.js'

type QueueRequest = ClaimRequest['queues'][number]

/** The best pending jobs of a queue, locked and best first. `scanned`: all the way from the beginning. */
export interface Locked {
  jobs: JobRow[]
  more: boolean
  scanned: boolean
}

export async function lockBest(
  session: Session,
  tables: Tables,
  queue: QueueRequest,
  limit: number,
  mark: LowWaterMark | undefined,
): Promise<Locked> {
  if (queue.types) return lockBestOfTypes(session, tables, queue.name, queue.types, limit)
  if (mark) {
    const jobs = await lock(session, tables, queue.name, limit, mark)
    // Before the mark there may be others, so a short answer tells nothing of them; an empty one must not leave them.
    if (jobs.length > 0) return { jobs, more: true, scanned: false }
  }
  const jobs = await lock(session, tables, queue.name, limit)
  return { jobs, more: jobs.length === limit, scanned: true }
}

const notPaused = (queues: string) => `not exists (select 1 from ${queues} where name = ? and paused_at is not null)`
const bestFirst = 'claim_rank, run_at, id'

/** The index holds the filter and the order, and is forced: a filter beside it, or another plan (of a small table), would lock the rows it rejects. */
async function lock(session: Session, { quoted }: Tables, queue: string, limit: number, mark?: LowWaterMark): Promise<JobRow[]> {
  const beyondMark = mark ? 'and (claim_rank > ? or (claim_rank = ? and run_at >= ?))' : ''
  const rows = await session.read(
    `select ${jobColumnList} from ${quoted.jobs} force index (claim)
    where queue = ? and status = 'pending' ${beyondMark} and ${notPaused(quoted.queues)}
    order by ${bestFirst} limit ? for update skip locked`,
    [queue, ...(mark ? [mark.rank, mark.rank, mark.runAt] : []), queue, limit],
  )
  return rows.map(toJob)
}

/** Chosen by a plain read, which locks nothing, then locked by primary key. */
async function lockBestOfTypes(session: Session, { quoted }: Tables, queue: string, types: string[], limit: number): Promise<Locked> {
  const names = types.filter(isName)
  if (names.length === 0) return { jobs: [], more: false, scanned: true }
  const chosen = await session.read(
    `select id from ${quoted.jobs} force index (claim)
    where queue = ? and status = 'pending' and type in (${names.map(() => '?').join(', ')}) and ${notPaused(quoted.queues)}
    order by ${bestFirst} limit ?`,
    [queue, ...names, queue, limit + 1],
  )
  if (chosen.length === 0) return { jobs: [], more: false, scanned: true }
  const rows = await session.read(
    `select ${jobColumnListOf('jobs')} from (select distinct id from ${jsonIds}) as given
    ${jobsById(quoted)}
    where jobs.queue = ? and jobs.status = 'pending' for update skip locked`,
    [toJsonIds(chosen.slice(0, limit).map((row) => row.id as string)), queue],
  )
  const jobs = rows.map(toJob).sort((a, b) => b.priority - a.priority || a.runAt - b.runAt || (a.id < b.id ? -1 : 1))
  return { jobs, more: chosen.length > limit || jobs.length < chosen.length, scanned: true }
}
