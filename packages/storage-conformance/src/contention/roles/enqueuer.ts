import type { NewJob } from '@dbjobq/core/storage'
import { contentionJob, enqueuedQueue as queue, repeat, type Place } from '../place.js'
import type { Random } from '../../random.js'

/** Above this the store is slower than the enqueuers; what is left at the end has to be worked off, too. */
const enoughPending = 300

/** Plain, keyed and scheduled jobs. */
export async function enqueue(place: Place): Promise<void> {
  await repeat(place, 80, async () => {
    const { store, random } = place
    const { complete } = await store.storage.countJobs(['status'], {
      filter: { status: ['pending'], queue: [queue] },
      scanLimit: enoughPending,
    })
    if (!complete) return
    await store.insertJobs(Array.from({ length: random.between(1, 15) }, () => mixedJob(random)))
  })
}

function mixedJob(random: Random): NewJob {
  const roll = random.next()
  if (roll < 0.4) return contentionJob(random, { queue })
  if (roll < 0.7) return contentionJob(random, { queue, status: 'scheduled', runAt: Date.now() + random.between(0, 500) })
  return contentionJob(random, { queue, uniqueKey: `key-${random.between(1, 30)}`, keyUntil: random.chance(0.5) ? 'claim' : 'settlement' })
}
