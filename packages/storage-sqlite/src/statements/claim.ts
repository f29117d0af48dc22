import type { ClaimRequest, JobRow } from '@dbjobq/core/storage'
import { jobColumns } from '@dbjobq/storage-sql'
import type { Connection, StatementText } from '../connection.js'

/** Named as the fields of a `JobRow`, so that the driver's object is the answer. */
const jobRow = Object.entries(jobColumns)
  .map(([field, column]) => `${column} as "${field}"`)
  .join(', ')

const selectPaused: StatementText = ({ queues }) => `select name from "${queues}" where paused_at is not null`

/**
 * Walks the index of pending jobs, which is in the order asked for, from its better end. No cursor: an entry that was taken is gone
 * from the index at once. The update visits rows as they lie, so the answer is sorted afterwards.
 */
const claim = (jobs: string, types: string) => `
  update "${jobs}" set status = 'running', claim_id = ?, worker_id = ?, attempts = attempts + 1, started_at = null,
    unique_key = case key_until when 'claim' then null else unique_key end
  where rowid in (select rowid from "${jobs}" where status = 'pending' and queue = ? ${types}
    order by priority desc, run_at, id limit ?)
  returning ${jobRow}`
const claimAny: StatementText = ({ jobs }) => claim(jobs, '')
const claimTypes: StatementText = ({ jobs }) => claim(jobs, 'and type in (select value from json_each(?))')

const selectFree: StatementText = ({ jobs }) => `select 1 from "${jobs}" where status = 'pending' and queue = ? limit 1`
const selectFreeTypes: StatementText = ({ jobs }) =>
  `select 1 from "${jobs}" where status = 'pending' and queue = ? and type in (select value from json_each(?)) limit 1`

export function claimJobs(connection: Connection, request: ClaimRequest): { jobs: JobRow[]; more: boolean } {
  const claimed: JobRow[] = []
  let more = false
  for (const queue of unpaused(connection, request)) {
    const limit = Math.min(queue.limit, request.limit - claimed.length)
    const taken = limit > 0 ? take(connection, request, queue, limit) : []
    claimed.push(...taken)
    if (taken.length >= limit) more ||= isFree(connection, queue)
  }
  return { jobs: claimed, more }
}

/** Reads only, so that an idle poll never takes the write lock. */
export function canClaim(connection: Connection, request: ClaimRequest): boolean {
  return unpaused(connection, request).some((queue) => isFree(connection, queue))
}

type Queue = ClaimRequest['queues'][number]

function unpaused(connection: Connection, { queues }: ClaimRequest): Queue[] {
  const paused = new Set(
    connection
      .prepare<{ name: string }>(selectPaused)
      .all()
      .map(({ name }) => name),
  )
  return queues.filter(({ name }) => !paused.has(name))
}

function take(connection: Connection, { claimId, workerId }: ClaimRequest, { name, types }: Queue, limit: number): JobRow[] {
  const rows = types
    ? connection.prepare<JobRow>(claimTypes).all(claimId, workerId, name, JSON.stringify(types), limit)
    : connection.prepare<JobRow>(claimAny).all(claimId, workerId, name, limit)
  return rows.sort((a, b) => b.priority - a.priority || a.runAt - b.runAt || (a.id < b.id ? -1 : 1))
}

function isFree(connection: Connection, { name, types }: Queue): boolean {
  const found = types ? connection.prepare(selectFreeTypes).get(name, JSON.stringify(types)) : connection.prepare(selectFree).get(name)
  return found !== undefined
}
