import type { JobStatus } from '@dbjobq/core/storage'
import { jsonIds, toJsonIds } from './json-rows.js'
import type { Session } from './session.js'
import { jobsById, type Tables } from './tables.js'

export interface LockedJob {
  status: JobStatus
  claimId: string | null
  isCancelRequested: boolean
}

/** By id; those that are not there are left out. The distinct ids keep MySQL from refusing to lock the JSON rows too. */
export async function lockJobs(session: Session, { quoted }: Tables, jobs: { id: string }[]): Promise<Map<string, LockedJob>> {
  const rows = await session.read(
    `select jobs.id, jobs.status, jobs.claim_id, jobs.cancel_requested_at from (select distinct id from ${jsonIds}) as given
    ${jobsById(quoted)} for update`,
    [toJsonIds(jobs.map(({ id }) => id))],
  )
  return new Map(
    rows.map((row) => [
      row.id as string,
      {
        status: row.status as JobStatus,
        claimId: row.claim_id as string | null,
        isCancelRequested: row.cancel_requested_at !== null,
      },
    ]),
  )
}
