import { maxRowsPerCall } from '@dbjobq/core/storage'
import type { SqlNames } from '../names.js'
import { prepared, type Session } from '../session.js'

interface Promoted {
  queues: string[]
  more: boolean
  nextRunAt: number | null
}

export type PromoteJobs = (session: Session, request: { now: number; limit: number }) => Promise<Promoted>

export function promoteIn({ jobs }: SqlNames): PromoteJobs {
  const selectNext = prepared(`select run_at from ${jobs} where status = 'scheduled' order by run_at, id limit 1`)
  // The limit that is a constant is for the planner, see claim.
  const promote = prepared(`
    update ${jobs} as jobs set status = 'pending'
    where id = any(array(
      select due.id from (
        select id from ${jobs} where status = 'scheduled' and run_at <= $1
        order by run_at, id limit ${maxRowsPerCall} for update skip locked
      ) as due limit $2
    ))
    returning queue`)

  const next = async (session: Session): Promise<number | null> => {
    const { rows } = await session.query(selectNext)
    return rows[0] ? Number(rows[0].run_at) : null
  }

  return async (session, { now, limit }) => {
    const first = await next(session)
    // Most calls find nothing due, and write nothing.
    if (first === null || first > now) return { queues: [], more: false, nextRunAt: first }
    const { rows } = await session.query(promote, [now, limit])
    // Asked afterwards, as the statement itself still sees what it promotes.
    const nextRunAt = await next(session)
    return { queues: [...new Set(rows.map(({ queue }) => queue as string))], more: nextRunAt !== null && nextRunAt <= now, nextRunAt }
  }
}
