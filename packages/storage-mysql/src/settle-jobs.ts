import type { SettleAnswer, Settlement } from '@dbjobq/core/storage'
import { lockJobs } from './lock-jobs.js'
import { writeNewJobs } from './jobs.js'
import { isId, jsonTable, text, time, toJson, uuid } from './json-rows.js'
import type { Session } from './session.js'
import type { Tables } from './tables.js'

export async function settleJobs(session: Session, tables: Tables, settlements: Settlement[]): Promise<SettleAnswer[]> {
  const isPlain = settlements.every(({ forgetClaim, followUps }) => !forgetClaim && !followUps?.length)
  // Most batches are settled whole by one statement. When it did not meet all, those it settled are told by their claim as settled before.
  if (isPlain && (await writeSettlements(session, tables, settlements)) === settlements.length) return settlements.map(() => 'settled')
  return session.inTransaction(async () => {
    const rows = await lockJobs(session, tables, settlements)
    const accepted: Settlement[] = []
    const answers = settlements.map((settlement) => {
      const row = rows.get(settlement.id)
      if (row?.claimId !== settlement.claimId) return 'lost'
      if (row.status !== 'running') return 'settled'
      if (row.isCancelRequested && isPutBack(settlement)) return 'cancelRequested'
      accepted.push(settlement)
      rows.set(settlement.id, { ...row, status: settlement.status, claimId: settlement.forgetClaim ? null : row.claimId })
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

const settlementTable = jsonTable({
  id: uuid,
  claim_id: 'varchar(128) character set ascii',
  status: 'varchar(16) character set ascii',
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
    `update ${settlementTable} straight_join ${quoted.jobs} as jobs on jobs.id = given.id
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

function isPutBack({ status }: Settlement): boolean {
  return status === 'scheduled' || status === 'pending'
}
