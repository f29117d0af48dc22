import type { Heartbeat, HeartbeatAnswer } from '@dbjobq/core/storage'
import type { SqlNames } from '../names.js'
import type { Session } from '../session.js'

export async function heartbeat(session: Session, names: SqlNames, beat: Heartbeat): Promise<HeartbeatAnswer> {
  if (beat.leaseUntil <= beat.now) return leave(session, names, beat)
  const { workerId, leaseUntil, info, now, first } = beat
  const { rows } = await session.query({ text: beatText(names, first) }, [workerId, leaseUntil, info, now])
  return { alive: rows.length > 0, claims: rows.filter(({ id }) => id !== null).map(toClaim) }
}

/** One statement: an idle worker sends little else. It answers a row at least if the lease held; one that ran out is not renewed. */
function beatText({ workers, jobs }: SqlNames, first: boolean): string {
  const create = `insert into ${workers} as worker (id, lease_until, info) values ($1, $2, $3)
    on conflict (id) do update set lease_until = greatest(worker.lease_until, $2), info = $3 where worker.lease_until > $4 returning id`
  const renew = `update ${workers} set lease_until = greatest(lease_until, $2), info = $3 where id = $1 and lease_until > $4 returning id`
  return `with held as (${first ? create : renew})
    select job.id, job.claim_id, job.cancel_requested_at
    from held left join ${jobs} as job on job.status = 'running' and job.worker_id = held.id order by job.id`
}

async function leave(session: Session, { workers, jobs }: SqlNames, { workerId, now, first }: Heartbeat): Promise<HeartbeatAnswer> {
  const { rows: left } = await session.query({ text: `delete from ${workers} where id = $1 returning lease_until` }, [workerId])
  const alive = left[0] ? Number(left[0].lease_until) > now : first
  if (!alive) return { alive, claims: [] }
  const text = `select id, claim_id, cancel_requested_at from ${jobs} where status = 'running' and worker_id = $1 order by id`
  const { rows } = await session.query({ text }, [workerId])
  return { alive, claims: rows.map(toClaim) }
}

function toClaim(row: Record<string, unknown>): HeartbeatAnswer['claims'][number] {
  return { id: row.id as string, claimId: row.claim_id as string, cancelRequested: row.cancel_requested_at !== null }
}
