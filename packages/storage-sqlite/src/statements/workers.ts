import type { Heartbeat, HeartbeatAnswer } from '@dbjobq/core/storage'
import type { Connection, StatementText } from '../connection.js'

const selectLease: StatementText = ({ workers }) => `select lease_until as "leaseUntil" from "${workers}" where id = ?`
const removeWorker: StatementText = ({ workers }) => `delete from "${workers}" where id = ?`
const putWorker: StatementText = ({ workers }) => `
  insert into "${workers}" (id, lease_until, info) values (?, ?, ?)
  on conflict (id) do update set lease_until = max(lease_until, excluded.lease_until), info = excluded.info`
const selectClaims: StatementText = ({ jobs }) => `
  select id, claim_id as "claimId", cancel_requested_at is not null as "cancelRequested" from "${jobs}"
  where status = 'running' and worker_id = ?`

/** The write lock is held from the look at the lease to its renewal, so no other beat or clock comes between. */
export function heartbeat(connection: Connection, { workerId, info, now, leaseUntil, first }: Heartbeat): HeartbeatAnswer {
  const row = connection.prepare<{ leaseUntil: number }>(selectLease).get(workerId)
  const alive = row ? row.leaseUntil > now : first
  if (leaseUntil <= now) connection.prepare(removeWorker).run(workerId)
  if (!alive) return { alive: false, claims: [] }
  if (leaseUntil > now) connection.prepare(putWorker).run(workerId, leaseUntil, info)
  const claims = connection.prepare<{ id: string; claimId: string; cancelRequested: 0 | 1 }>(selectClaims).all(workerId)
  return { alive, claims: claims.map((claim) => ({ ...claim, cancelRequested: claim.cancelRequested === 1 })) }
}
