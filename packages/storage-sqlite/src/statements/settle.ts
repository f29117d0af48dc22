import type { SettleAnswer, Settlement } from '@dbjobq/core/storage'
import type { Connection, StatementText } from '../connection.js'
import { insertJobs } from './insert.js'

/** Fenced by the claim, and by a wish to cancel when the job would run again. */
const settleOne: StatementText = ({ jobs }) => `
  update "${jobs}" set status = ?, run_at = ?, attempts = ?, started_at = ?, finished_at = ?, delete_at = ?, result = ?, errors = ?,
    unique_key = case ? when 1 then null else unique_key end, claim_id = ?, worker_id = case ? when 1 then null else worker_id end
  where id = ? and claim_id = ? and status = 'running' and (? or cancel_requested_at is null)`

const selectOutcome: StatementText = ({ jobs }) => `select status from "${jobs}" where id = ? and claim_id = ?`

export function settleJobs(connection: Connection, settlements: Settlement[]): SettleAnswer[] {
  const update = connection.prepare(settleOne)
  return settlements.map((to) => {
    const { changes } = update.run(
      to.status,
      to.runAt,
      to.attempts,
      to.startedAt,
      to.finishedAt,
      to.deleteAt,
      to.result,
      to.errors,
      to.releaseKey ? 1 : 0,
      to.forgetClaim ? null : to.claimId,
      to.forgetClaim ? 1 : 0,
      to.id,
      to.claimId,
      to.status === 'scheduled' || to.status === 'pending' ? 0 : 1,
    )
    if (changes === 0) return whyNot(connection, to)
    if (to.followUps) insertJobs(connection, to.followUps)
    return 'settled'
  })
}

function whyNot(connection: Connection, { id, claimId, forgetClaim }: Settlement): SettleAnswer {
  const found = connection.prepare<{ status: string }>(selectOutcome).get(id, claimId)
  if (!found) return 'lost'
  if (found.status === 'running') return 'cancelRequested'
  return forgetClaim ? 'lost' : 'settled'
}
