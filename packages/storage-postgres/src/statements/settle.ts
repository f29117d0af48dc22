import type { NewJob, SettleAnswer, Settlement } from '@dbjobq/core/storage'
import type { SqlNames } from '../names.js'
import { prepared, type Session } from '../session.js'
import { newJobArrays, newJobColumns, newJobParameters } from './new-jobs.js'
import { byId, inRounds, runningOnly } from './rounds.js'

const columns = 'id, claim_id, status, run_at, attempts, started_at, finished_at, delete_at, result, errors, release_key, forget_claim'

/** Fenced by the claim, and by a wish to cancel when the job would run again. */
const settleText = ({ jobs }: SqlNames) => `
  update ${jobs} as jobs set
    status = given.status, run_at = given.run_at, attempts = given.attempts, started_at = given.started_at,
    finished_at = given.finished_at, delete_at = given.delete_at, result = given.result, errors = given.errors,
    unique_key = case when given.release_key then null else jobs.unique_key end,
    claim_id = case when given.forget_claim then null else jobs.claim_id end,
    worker_id = case when given.forget_claim then null else jobs.worker_id end
  from ${runningOnly}, unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::integer[], $6::bigint[], $7::bigint[], $8::bigint[],
    $9::text[], $10::text[], $11::boolean[], $12::boolean[]) as given (${columns})
  where jobs.id = given.id and jobs.status = running.status and jobs.claim_id = given.claim_id
    and (jobs.cancel_requested_at is null or given.status not in ('scheduled', 'pending'))
  returning jobs.id`

/** One statement, so that a settlement and its follow-ups are one. The sort makes all of the update come first, which frees the keys. */
const followText = (names: SqlNames) => `
  with settled as (${settleText(names)}),
  followed as (
    insert into ${names.jobs} (${newJobColumns})
    select ${newJobColumns.replaceAll(/\w+/g, 'followup.$&')}
    from unnest($13::text[], ${newJobArrays(14)}) with ordinality as followup (settled_id, ${newJobColumns}, place)
    join settled on settled.id = followup.settled_id
    order by followup.place
    on conflict do nothing
  )
  select id from settled`

export type SettleJobs = (session: Session, settlements: Settlement[]) => Promise<SettleAnswer[]>

export function settleIn(names: SqlNames): SettleJobs {
  const settle = prepared(settleText(names))
  const settleAndFollow = prepared(followText(names))
  const selectOutcome = prepared(`select id, claim_id, status, cancel_requested_at from ${names.jobs} where id = any($1)`)

  const settleRound = async (session: Session, round: Settlement[], answers: Map<Settlement, SettleAnswer>): Promise<void> => {
    const followed = round.filter(({ followUps }) => followUps && followUps.length > 0)
    const { rows } =
      followed.length > 0
        ? await session.query(settleAndFollow, [...parameters(round), ...followUpParameters(followed)])
        : await session.query(settle, parameters(round))
    const settled = new Set(rows.map(({ id }) => id))
    const others = round.filter(({ id }) => !settled.has(id))
    for (const settlement of round) answers.set(settlement, 'settled')
    if (others.length === 0) return
    const { rows: found } = await session.query(selectOutcome, [others.map(({ id }) => id)])
    const outcomes = new Map(found.map((row) => [row.id, row]))
    const again: Settlement[] = []
    for (const settlement of others) {
      const outcome = outcomes.get(settlement.id)
      if (outcome?.claim_id !== settlement.claimId) answers.set(settlement, 'lost')
      else if (outcome.status !== 'running') answers.set(settlement, settlement.forgetClaim ? 'lost' : 'settled')
      else if (outcome.cancel_requested_at !== null) answers.set(settlement, 'cancelRequested')
      // The wish to cancel was taken back in between.
      else again.push(settlement)
    }
    if (again.length > 0) await settleRound(session, again, answers)
  }

  return async (session, settlements) => {
    const answers = new Map<Settlement, SettleAnswer>()
    for (const round of inRounds(settlements)) await settleRound(session, round, answers)
    return settlements.map((settlement) => answers.get(settlement) ?? 'lost')
  }
}

function parameters(settlements: Settlement[]): unknown[][] {
  const sorted = settlements.toSorted(byId)
  return [
    sorted.map(({ id }) => id),
    sorted.map(({ claimId }) => claimId),
    sorted.map(({ status }) => status),
    sorted.map(({ runAt }) => runAt),
    sorted.map(({ attempts }) => attempts),
    sorted.map(({ startedAt }) => startedAt),
    sorted.map(({ finishedAt }) => finishedAt),
    sorted.map(({ deleteAt }) => deleteAt),
    sorted.map(({ result }) => result),
    sorted.map(({ errors }) => errors),
    sorted.map(({ releaseKey }) => releaseKey),
    sorted.map(({ forgetClaim }) => forgetClaim),
  ]
}

function followUpParameters(settlements: Settlement[]): unknown[][] {
  const followUps = settlements.flatMap(({ id, followUps = [] }) => followUps.map((job): [string, NewJob] => [id, job]))
  return [followUps.map(([id]) => id), ...newJobParameters(followUps.map(([, job]) => job))]
}
