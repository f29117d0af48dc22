import type { Heartbeat, HeartbeatAnswer } from '@dbjobq/core/storage'
import type { SqlNames } from '../names.js'
import type { Session } from '../session.js'

export async function heartbeat(session: Session, names: SqlNames, beat: Heartbeat): Promise<HeartbeatAnswer> {
  if (!(await keepLease(session, names, beat))) return { alive: false, claims: [] }
  const text = `select id, claim_id, cancel_requested_at from ${names.jobs} where status = 'running' and worker_id = $1 order by id`
  const { rows } = await session.query({ text }, [beat.workerId])
  const claims = rows.map((row) => ({
    id: row.id as string,
    claimId: row.claim_id as string,
    cancelRequested: row.cancel_requested_at !== null,
  }))
  return { alive: true, claims }
}

/** Whether the lease still held. One that ran out is not renewed. */
async function keepLease(session: Session, { workers }: SqlNames, beat: Heartbeat): Promise<boolean> {
  const { workerId, info, now, leaseUntil, first } = beat
  if (leaseUntil <= now) {
    const { rows } = await session.query({ text: `delete from ${workers} where id = $1 returning lease_until` }, [workerId])
    return rows[0] ? Number(rows[0].lease_until) > now : first
  }
  const create = `insert into ${workers} as worker (id, lease_until, info) values ($1, $2, $3)
    on conflict (id) do update set lease_until = $2, info = $3 where worker.lease_until > $4`
  const renew = `update ${workers} set lease_until = $2, info = $3 where id = $1 and lease_until > $4`
  const { rowCount } = await session.query({ text: first ? create : renew }, [workerId, leaseUntil, info, now])
  return rowCount === 1
}
