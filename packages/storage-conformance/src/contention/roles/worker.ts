import type { ClaimRequest, JobRow } from '@dbjobq/core/storage'
import { newId } from '../../factories.js'
import { ended, mixedOutcome } from '../outcome.js'
import { pause, queues, type Place } from '../place.js'

const leaseMs = 60_000
const beatMs = 500

/** Claims, beats and settles. Its lease never runs out, so each claim must be its own until it settles it. */
export async function work(place: Place): Promise<void> {
  const { store, until } = place
  await beat(place, [], true)
  let beaten = Date.now()
  while (!until.aborted) {
    const { jobs, more } = await store.claimJobs(mixedRequest(place))
    await pause(jobs.length > 0 || more ? 0 : 50)
    if (Date.now() - beaten > beatMs) {
      await beat(place, jobs, false)
      beaten = Date.now()
    }
    if (jobs.length > 0) await settle(place, jobs)
  }
  await store.storage.heartbeat({ workerId: place.name, info: '', now: Date.now(), leaseUntil: 0, first: false })
}

/** Several queues in a random order with limits of their own, as core asks for what its free slots allow. */
export function mixedRequest({ name, random }: Place): ClaimRequest {
  const some = random.shuffled(queues).slice(0, random.between(1, queues.length))
  return {
    claimId: newId(),
    workerId: name,
    limit: random.between(5, 20),
    queues: some.map((queue) => ({ name: queue, limit: random.between(5, 20) })),
  }
}

async function settle({ store, random }: Place, rows: JobRow[]): Promise<void> {
  const answers = await store.settleJobs(rows.map((row) => mixedOutcome(row, random)))
  const lost = rows.filter((_, index) => answers[index] === 'lost')
  if (lost.length > 0)
    throw new Error(`a worker with a lease lost ${lost.map(({ id, claimId }) => `job ${id} of claim ${claimId ?? ''}`).join()}`)
  const refused = rows.filter((_, index) => answers[index] === 'cancelRequested')
  if (refused.length === 0) return
  const again = await store.settleJobs(refused.map((row) => ended(row, 'cancelled', null)))
  if (again.some((answer) => answer !== 'settled')) throw new Error(`a cancelled job could not be settled: ${again.join()}`)
}

/** Between a claim and its settlement a worker holds exactly what that claim gave it. */
async function beat({ store, name }: Place, held: JobRow[], first: boolean): Promise<void> {
  const now = Date.now()
  const { alive, claims } = await store.storage.heartbeat({ workerId: name, info: '{}', now, leaseUntil: now + leaseMs, first })
  if (!alive) throw new Error(`worker ${name} was told that its lease of ${leaseMs} ms is gone`)
  const told = claims.map(({ id, claimId }) => `${id} ${claimId}`).sort()
  const known = held.map(({ id, claimId }) => `${id} ${claimId ?? ''}`).sort()
  if (told.join() !== known.join()) throw new Error(`the heartbeat of ${name} tells of ${told.length} claims, it holds ${known.length}`)
}
