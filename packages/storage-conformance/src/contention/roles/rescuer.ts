import type { JobRow, Settlement } from '@dbjobq/core/storage'
import { ended, putBack } from '../outcome.js'
import { repeat, type Place } from '../place.js'

/** Puts the jobs of dead workers back, in a race with other rescuers and with owners that come late. */
export async function rescue(place: Place): Promise<void> {
  await repeat(place, 100, async () => {
    const { store, random } = place
    const orphans = await store.storage.findOrphans({ now: Date.now(), limit: 50 })
    if (orphans.length === 0) return
    const answers = await store.settleJobs(orphans.map((row) => rescued(row, random.chance(0.5))))
    const refused = orphans.filter((_, index) => answers[index] === 'cancelRequested')
    if (refused.length > 0) await store.settleJobs(refused.map((row) => ({ ...ended(row, 'cancelled', null), forgetClaim: true })))
  })
}

function rescued(row: JobRow, charged: boolean): Settlement {
  return putBack(row, { attempts: charged ? row.attempts : row.attempts - 1, errors: '["worker lost"]', forgetClaim: true })
}
