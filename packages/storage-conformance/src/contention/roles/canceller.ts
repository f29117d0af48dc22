import { queues, repeat, type Place } from '../place.js'

/** Cancels jobs wherever they are, and deletes some. */
export async function cancel(place: Place): Promise<void> {
  await repeat(place, 80, async () => {
    const { store, random } = place
    const queue = random.shuffled(queues).slice(0, 1)
    const open = await store.storage.findJobs(
      { status: ['scheduled', 'pending', 'running'], queue },
      { limit: 30, order: 'newest', summary: true },
    )
    const [victim, other] = random.shuffled(open)
    if (victim) await store.cancelJob(victim.id, Date.now())
    if (other && random.chance(0.3)) await store.deleteJobs([other.id])
  })
}
