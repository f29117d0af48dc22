import type { Heartbeat, HeartbeatAnswer } from '@dbjobq/core/storage'
import type { Session } from './session.js'
import type { Tables } from './tables.js'

export async function heartbeat(session: Session, tables: Tables, beat: Heartbeat): Promise<HeartbeatAnswer> {
  return session.inTransaction(async () => {
    const isAlive = await renewLease(session, tables, beat)
    return { alive: isAlive, claims: isAlive ? await findClaims(session, tables, beat.workerId) : [] }
  })
}

async function renewLease(session: Session, { quoted }: Tables, { workerId, info, now, leaseUntil, first }: Heartbeat): Promise<boolean> {
  const [row] = await session.read(`select lease_until from ${quoted.workers} where id = ? for update`, [workerId])
  const isAlive = row ? Number(row.lease_until) > now : first
  if (leaseUntil <= now) await session.write(`delete from ${quoted.workers} where id = ?`, [workerId])
  else if (isAlive) {
    await session.write(
      `insert into ${quoted.workers} (id, lease_until, info) values (?, ?, ?)
      on duplicate key update lease_until = greatest(lease_until, values(lease_until)), info = values(info)`,
      [workerId, leaseUntil, info],
    )
  }
  return isAlive
}

/** `due_at` is null for all that run; saying so takes the index to those of the worker. */
async function findClaims(session: Session, { quoted }: Tables, workerId: string): Promise<HeartbeatAnswer['claims']> {
  const rows = await session.read(
    `select id, claim_id, cancel_requested_at from ${quoted.jobs} force index (due)
    where status = 'running' and due_at is null and worker_id = ?`,
    [workerId],
  )
  return rows.map((row) => ({
    id: row.id as string,
    claimId: row.claim_id as string,
    cancelRequested: row.cancel_requested_at !== null,
  }))
}
