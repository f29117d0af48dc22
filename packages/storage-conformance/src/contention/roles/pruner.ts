import { repeat, type Place } from '../place.js'

export async function prune(place: Place): Promise<void> {
  await repeat(place, 100, () => place.store.pruneJobs({ now: Date.now(), limit: place.random.between(1, 100) }))
}
