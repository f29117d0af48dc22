import type { SettleAnswer, Settlement } from '@dbjobq/core/storage'
import { writeNewJobs } from './jobs.js'
import { isId, jsonTable, text, time, toJson, uuid, word } from './json-rows.js'
import { lockJobs, type LockedJob } from './lock-jobs.js'
import type { Session } from './session.js'
import { jobsById, type Tables } from './tables.js'

/**
 * One statement settles most batches whole. Where it does not meet all, or where more than its count has to be known, the rows are
 * looked at before the transaction lets them go: a moment later a job that was put back may have been claimed, or a finished one pruned.
 */
export async function settleJobs(session: Session, tables: Tables, settlements: Settlement[]): Promise<SettleAnswer[]> {
  const isPlain = settlements.every(({ forgetClaim, followUps }) => !forgetClaim && !followUps?.length)
  return session.inTransaction(async () => {
    if (isPlain && (await writeSettlements(session, tables, settlements)) === settlements.length) return settlements.map(() => 'settled')
    const rows = await lockJobs(session, tables, settlements)
    const accepted: Settlement[] = []
    const answers = settlements.map((settlement) => {
      const answer = judge(settlement, rows)
      if (answer !== 'accepted') return answer
      accepted.push(settlement)
      rows.set(settlement.id, {
        status: settlement.status,
        claimId: settlement.forgetClaim ? null : settlement.claimId,
        isCancelRequested: false,
      })
      return 'settled'
    })
    if (accepted.length > 0) await writeSettlements(session, tables, accepted)
    // After the update, which has let go the keys that they may take over.
    await writeNewJobs(
      session,
      tables,
      accepted.flatMap(({ followUps = [] }) => followUps),
    )
    return answers
  })
}

/** What this claim has settled already, this call's own statement included, is settled again. */
function judge({ id, claimId, status, forgetClaim }: Settlement, rows: Map<string, LockedJob>): SettleAnswer | 'accepted' {
  const row = rows.get(id)
  if (row?.claimId !== claimId) return 'lost'
  if (row.status !== 'running') return forgetClaim ? 'lost' : 'settled'
  const isPutBack = status === 'scheduled' || status === 'pending'
  return row.isCancelRequested && isPutBack ? 'cancelRequested' : 'accepted'
}

const settlementTable = jsonTable({
  id: uuid,
  claim_id: uuid,
  status: word,
  run_at: time,
  attempts: 'int',
  started_at: time,
  finished_at: time,
  delete_at: time,
  result: text,
  errors: text,
  release_key: 'tinyint',
  forget_claim: 'tinyint',
})

/** Answers how many were written. Each row written leaves `running`, so this number does not depend on what a pool counts. */
async function writeSettlements(session: Session, { quoted }: Tables, settlements: Settlement[]): Promise<number> {
  return session.write(
    `update ${settlementTable} ${jobsById(quoted)}
    set jobs.status = given.status, jobs.run_at = given.run_at, jobs.attempts = given.attempts, jobs.started_at = given.started_at,
      jobs.finished_at = given.finished_at, jobs.delete_at = given.delete_at, jobs.result = given.result, jobs.errors = given.errors,
      jobs.unique_key = if(given.release_key, null, jobs.unique_key),
      jobs.claim_id = if(given.forget_claim, null, jobs.claim_id), jobs.worker_id = if(given.forget_claim, null, jobs.worker_id)
    where jobs.status = 'running' and jobs.claim_id = given.claim_id
      and (jobs.cancel_requested_at is null or given.status not in ('scheduled', 'pending'))`,
    [toJson(settlements.filter(({ id, claimId }) => isId(id) && isId(claimId)).map(toColumns))],
  )
}

function toColumns(settlement: Settlement): object {
  return {
    id: settlement.id,
    claim_id: settlement.claimId,
    status: settlement.status,
    run_at: settlement.runAt,
    attempts: settlement.attempts,
    started_at: settlement.startedAt,
    finished_at: settlement.finishedAt,
    delete_at: settlement.deleteAt,
    result: settlement.result,
    errors: settlement.errors,
    release_key: Number(settlement.releaseKey),
    forget_claim: Number(settlement.forgetClaim),
  }
}
