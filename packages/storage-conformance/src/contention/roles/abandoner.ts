import { ended } from '../outcome.js'
import { pause, queues, repeat, type Place } from '../place.js'
import { newId } from '../../factories.js'

/** A worker that stalls with jobs in its hands: its lease runs out, and at times it settles late, in a race with the rescuers. */
export async function abandon(place: Place): Promise<void> {
  let round = 0
  await repeat(place, 300, async () => {
    const { store, random } = place
    const workerId = `${place.name}-${++round}`
    const began = Date.now()
    const leaseMs = random.between(100, 400)
    const beat = (now: number, leaseUntil: number, first = false) =>
      store.storage.heartbeat({ workerId, info: '{}', now, leaseUntil, first })
    await beat(began, began + leaseMs, true)
    const limit = random.between(1, 5)
    const { jobs } = await store.claimJobs({ claimId: newId(), workerId, limit, queues: queues.map((name) => ({ name, limit })) })
    if (random.chance(0.3)) {
      await beat(Date.now(), 0)
      return
    }
    await pause(leaseMs)
    const late = Math.max(Date.now(), began + leaseMs)
    if ((await beat(late, late + leaseMs)).alive) throw new Error(`the lease of ${workerId} was renewed after it had run out`)
    if (jobs.length > 0 && random.chance(0.6)) await store.settleJobs(jobs.map((row) => ended(row, 'completed', null)))
  })
}
