import { repeat, type Place } from '../place.js'

/** In several processes at once: what is due becomes pending once. */
export async function promote(place: Place): Promise<void> {
  await repeat(place, 60, async () => {
    while ((await place.store.storage.promoteJobs({ now: Date.now(), limit: 50 })).more);
  })
}
