import type { SettleAnswer, Settlement } from '@dbjobq/core/storage'
import type { Attempt, Scope } from './call.js'
import { writeClaimed, type ClaimedWrite } from './claimed-write.js'
import type { JobDocument } from './documents.js'
import { storageError } from './errors.js'
import { insertJobsWithin } from './insert.js'
import { drainAll, drainOwn } from './outbox.js'
import type { Store } from './store.js'

/** `open`: still running under this claim, and nothing asked that forbids the settlement. */
type Standing = SettleAnswer | 'open'
type Known = Pick<JobDocument, '_id' | 'status' | 'claimId' | 'cancelRequestedAt' | 'lastWrite'>

const rounds = 5

export async function settleJobs(store: Store, attempt: Attempt, settlements: Settlement[]): Promise<SettleAnswer[]> {
  const answers = await settleEach(store, attempt, settlements)
  const followed = settlements.filter(hasFollowUps).map(({ id }) => id)
  if (followed.length > 0) await drainOwn(store, 'jobs', attempt, followed)
  return answers
}

/** Follow-ups go into the outbox of their job. */
async function settleEach(store: Store, { scope, token }: Attempt, settlements: Settlement[]): Promise<SettleAnswer[]> {
  for (let round = 0, open = settlements; round < rounds; round++) {
    const written = await write(store, scope, token, open)
    if (round === 0 && written === settlements.length) return settlements.map(() => 'settled')
    const known = await findKnown(store, scope, settlements)
    const standings = settlements.map((settlement) => standing(settlement, known, token))
    if (isAnswer(standings)) return standings
    open = settlements.filter((_, index) => standings[index] === 'open')
    // A crash may have left follow-ups of an earlier claim in the way of these.
    const ids = open.filter(hasFollowUps).map(({ id }) => id)
    if (ids.length > 0) await drainAll(store, 'jobs', scope, { ids, limit: ids.length })
  }
  throw storageError('CONTENTION', 'Jobs changed all the time while they were settled.')
}

/** In the transaction of the caller: what was read stays so until the write, or the transaction aborts. */
export async function settleJobsWithin(store: Store, scope: Scope, token: string, settlements: Settlement[]): Promise<SettleAnswer[]> {
  const known = await findKnown(store, scope, settlements)
  const standings = settlements.map((settlement) => standing(settlement, known, token))
  const open = firstOfEach(settlements.filter((_, index) => standings[index] === 'open'))
  const followUps = open.flatMap((settlement) => settlement.followUps ?? [])
  await write(
    store,
    scope,
    token,
    open.map(({ followUps: _, ...settlement }) => settlement),
  )
  await insertJobsWithin(store, scope, followUps)
  return standings.map((answer) => (answer === 'open' ? 'settled' : answer))
}

/** Answers how many were settled. */
async function write(store: Store, scope: Scope, token: string, settlements: Settlement[]): Promise<number> {
  let count = 0
  for (const group of Map.groupBy(settlements, guardOf).values()) {
    const [first] = group
    if (!first) continue
    count += await writeClaimed(
      store,
      scope,
      group.map((settlement) => toWrite(settlement, token)),
      {
        guard: { ...(putsBack(first) ? { cancelRequestedAt: null } : {}), ...(hasFollowUps(first) ? { outbox: { $exists: false } } : {}) },
        then: hasFollowUps(first) ? [{ $set: { 'outbox.since': '$$NOW' } }] : [],
      },
    )
  }
  return count
}

function toWrite(settlement: Settlement, token: string): ClaimedWrite {
  const { id, claimId, releaseKey, forgetClaim, followUps = [], ...values } = settlement
  return {
    id,
    claimId,
    values: {
      ...values,
      ...(releaseKey ? { uniqueKey: null } : {}),
      // Without a claim a lost answer could not be told from a lost lease.
      ...(forgetClaim ? { claimId: null, workerId: null, lastWrite: token } : {}),
      ...(followUps.length > 0 ? { outbox: { token, since: new Date(0), jobs: followUps } } : {}),
    },
  }
}

function standing(settlement: Settlement, known: Map<string, Known>, token: string): Standing {
  const job = known.get(settlement.id)
  if (job?.claimId !== settlement.claimId) return settlement.forgetClaim && job?.lastWrite === token ? 'settled' : 'lost'
  if (job.status !== 'running') return 'settled'
  return putsBack(settlement) && job.cancelRequestedAt !== null ? 'cancelRequested' : 'open'
}

async function findKnown(store: Store, scope: Scope, settlements: Settlement[]): Promise<Map<string, Known>> {
  const projection = { status: 1, claimId: 1, cancelRequestedAt: 1, lastWrite: 1 }
  const jobs = await store.jobs.find({ _id: { $in: settlements.map(({ id }) => id) } }, { ...scope, projection }).toArray()
  return new Map(jobs.map((job) => [job._id, job]))
}

function isAnswer(standings: Standing[]): standings is SettleAnswer[] {
  return !standings.includes('open')
}

function firstOfEach(settlements: Settlement[]): Settlement[] {
  return [...new Map(settlements.toReversed().map((settlement) => [settlement.id, settlement])).values()].toReversed()
}

function guardOf(settlement: Settlement): string {
  return `${String(putsBack(settlement))} ${String(hasFollowUps(settlement))}`
}

function putsBack({ status }: Settlement): boolean {
  return status === 'scheduled' || status === 'pending'
}

function hasFollowUps({ followUps = [] }: Settlement): boolean {
  return followUps.length > 0
}
