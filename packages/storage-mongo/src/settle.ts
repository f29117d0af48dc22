import type { SettleAnswer, Settlement } from '@dbjobq/core/storage'
import { afterWrite, type Attempt, type Scope } from './call.js'
import { writeClaimed, type ClaimedWrite } from './claimed-write.js'
import type { JobDocument } from './documents.js'
import { storageError } from './errors.js'
import { inChunks } from './in-chunks.js'
import { insertJobsWithin } from './insert.js'
import { drainAll, drainOwn } from './outbox.js'
import type { Store } from './store.js'

/** `open`: still running under this claim, and nothing asked that forbids the settlement. */
type Standing = SettleAnswer | 'open'
type Known = Pick<JobDocument, '_id' | 'status' | 'claimId' | 'cancelRequestedAt' | 'lastWrite'>

const rounds = 5
const atOnce = 20

export async function settleJobs(store: Store, attempt: Attempt, settlements: Settlement[]): Promise<SettleAnswer[]> {
  const groups = [...Map.groupBy(settlements, groupOf).values()]
  // A job that is named twice is settled by the first that can.
  const repeats = new Set(settlements.map(({ id }) => id)).size < settlements.length
  const answered = await inChunks(groups, repeats ? 1 : atOnce, (group) => settleGroup(store, attempt, group))
  const answers = new Map(groups.flatMap((group, place) => group.map((settlement, index) => [settlement, answered[place]?.[index]])))
  const followed = settlements.filter(hasFollowUps).map(({ id }) => id)
  if (followed.length > 0) await afterWrite(() => drainOwn(store, 'jobs', attempt, followed))
  return settlements.map((settlement) => answers.get(settlement) ?? 'lost')
}

/** One command settles a group, with follow-ups in the outbox of their job. It tells a total only: if that is short, what is there is read. */
async function settleGroup(store: Store, { scope, token, repeated }: Attempt, group: Settlement[]): Promise<SettleAnswer[]> {
  let open = group
  let written = 0
  for (let round = 0; round < rounds; round++) {
    written += await write(store, scope, token, open)
    if (written === group.length) return group.map(() => 'settled')
    const known = await findKnown(store, scope, group)
    const standings = group.map((settlement) => standing(settlement, known, token))
    open = group.filter((_, index) => standings[index] === 'open')
    if (open.length === 0) return toAnswers(standings, { group, known, written, repeated })
    // A crash may have left follow-ups of an earlier claim in the way of these.
    const ids = open.filter(hasFollowUps).map(({ id }) => id)
    if (ids.length > 0) await drainAll(store, 'jobs', scope, { ids, limit: ids.length })
  }
  throw storageError('CONTENTION', 'Jobs changed all the time while they were settled.')
}

/**
 * What was settled can be claimed by another or pruned before it is read, and reads as lost then. The total tells:
 * those written and not found settled are among those lost.
 */
function toAnswers(
  standings: Standing[],
  { group, known, written, repeated }: { group: Settlement[]; known: Map<string, Known>; written: number; repeated: boolean },
): SettleAnswer[] {
  const away = new Set(group.filter((_, index) => standings[index] === 'lost').map(({ id }) => id))
  const wentOn = written - standings.filter((answer) => answer === 'settled').length >= away.size
  return standings.map((answer, index) => {
    const settled = answer === 'open' || (answer === 'lost' && (wentOn || (repeated && !known.has(group[index]?.id ?? ''))))
    return settled ? 'settled' : answer
  })
}

/** In the transaction of the caller: what was read stays so until the write, or the transaction aborts. */
export async function settleJobsWithin(store: Store, scope: Scope, token: string, settlements: Settlement[]): Promise<SettleAnswer[]> {
  const known = await findKnown(store, scope, settlements)
  const standings = settlements.map((settlement) => standing(settlement, known, token))
  const open = firstOfEach(settlements.filter((_, index) => standings[index] === 'open'))
  const followUps = open.flatMap((settlement) => settlement.followUps ?? [])
  const alone = open.map(({ followUps: _, ...settlement }) => settlement)
  for (const group of Map.groupBy(alone, groupOf).values()) await write(store, scope, token, group)
  await insertJobsWithin(store, scope, followUps)
  return standings.map((answer) => (answer === 'open' ? 'settled' : answer))
}

/** Of one group; answers how many were settled. */
async function write(store: Store, scope: Scope, token: string, group: Settlement[]): Promise<number> {
  const [first] = group
  if (!first) return 0
  const writes = group.map((settlement) => toWrite(settlement, token))
  return writeClaimed(store, scope, writes, {
    ...(putsBack(first) ? { cancelRequestedAt: null } : {}),
    ...(hasFollowUps(first) ? { outbox: { $exists: false } } : {}),
  })
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
      ...(followUps.length > 0 ? { outbox: { token, jobs: followUps } } : {}),
    },
  }
}

function standing(settlement: Settlement, known: Map<string, Known>, token: string): Standing {
  const job = known.get(settlement.id)
  if (job?.claimId !== settlement.claimId) return settlement.forgetClaim && job?.lastWrite === token ? 'settled' : 'lost'
  if (job.status !== 'running') return settlement.forgetClaim ? 'lost' : 'settled'
  return putsBack(settlement) && job.cancelRequestedAt !== null ? 'cancelRequested' : 'open'
}

async function findKnown(store: Store, scope: Scope, settlements: Settlement[]): Promise<Map<string, Known>> {
  const projection = { status: 1, claimId: 1, cancelRequestedAt: 1, lastWrite: 1 }
  const jobs = await store.jobs.find({ _id: { $in: settlements.map(({ id }) => id) } }, { ...scope, projection }).toArray()
  return new Map(jobs.map((job) => [job._id, job]))
}

function firstOfEach(settlements: Settlement[]): Settlement[] {
  return [...new Map(settlements.toReversed().map((settlement) => [settlement.id, settlement])).values()].toReversed()
}

/** By their guards; and a rescue is alone, since others may rescue the same jobs at once and a total of one tells its answer for sure. */
function groupOf(settlement: Settlement): string {
  return `${String(putsBack(settlement))} ${String(hasFollowUps(settlement))} ${settlement.forgetClaim ? settlement.id : ''}`
}

function putsBack({ status }: Settlement): boolean {
  return status === 'scheduled' || status === 'pending'
}

function hasFollowUps({ followUps = [] }: Settlement): boolean {
  return followUps.length > 0
}
