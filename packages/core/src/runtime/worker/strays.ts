import { settle } from '../../model/outcome.js'
import { maxRowsPerCall, type Claim, type JobStorage } from '../../model/storage.js'
import { batches, settlementSize } from '../queue/batches.js'

/**
 * Claims that the store ascribes to this worker and the worker does not know: the answer of the claim was lost. Seen at two
 * beats in a row, and in no call under way, they are handed back, uncounted.
 */
export class Strays {
  #seen = new Set<string>()

  async handBack(unknown: Claim[], storage: JobStorage, now: () => number): Promise<void> {
    // What is more than one call carries is seen again at the next beat.
    const again = unknown.filter((claim) => this.#seen.has(keyOf(claim))).slice(0, maxRowsPerCall)
    this.#seen = new Set(unknown.map(keyOf))
    if (again.length === 0) return
    const rows = await storage.findJobs({ ids: again.map(({ id }) => id) }, { limit: again.length })
    const keys = new Set(again.map(keyOf))
    const held = rows.filter(({ id, claimId }) => keys.has(keyOf({ id, claimId: claimId ?? '' })))
    const settlements = held.map(
      (row) => settle(row, { kind: row.cancelRequestedAt === null ? 'released' : 'cancelled' }, now()).settlement,
    )
    for (const batch of batches(settlements, settlementSize)) await storage.settleJobs(batch)
  }
}

function keyOf({ id, claimId }: Claim): string {
  return `${id} ${claimId}`
}
