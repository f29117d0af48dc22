import type { Mark } from '@dbjobq/core/storage'
import type { SqlNames } from '../names.js'
import { prepared, type Session } from '../session.js'
import { byId, inRounds, runningOnly } from './rounds.js'

export type MarkJobs = (session: Session, marks: Mark[]) => Promise<boolean[]>

export function markIn({ jobs }: SqlNames): MarkJobs {
  // What is not given comes as null, and no mark writes null.
  const mark = prepared(`
    update ${jobs} as jobs set
      started_at = coalesce(given.started_at, jobs.started_at), progress = coalesce(given.progress, jobs.progress)
    from ${runningOnly}, unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) as given (id, claim_id, started_at, progress)
    where jobs.id = given.id and jobs.status = running.status and jobs.claim_id = given.claim_id
    returning jobs.id`)

  return async (session, marks) => {
    const marked = new Set<Mark>()
    for (const round of inRounds(marks)) {
      const sorted = round.toSorted(byId)
      const { rows } = await session.query(mark, [
        sorted.map(({ id }) => id),
        sorted.map(({ claimId }) => claimId),
        sorted.map(({ startedAt }) => startedAt),
        sorted.map(({ progress }) => progress),
      ])
      const ids = new Set(rows.map(({ id }) => id))
      for (const item of round) if (ids.has(item.id)) marked.add(item)
    }
    return marks.map((item) => marked.has(item))
  }
}
