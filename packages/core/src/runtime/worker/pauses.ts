import type { JobRow } from '../../model/storage.js'

/** Claims that were under way when a queue was paused: what they bring of it was taken before, or is not to be started any more. */
export class Pauses {
  /** Queues by claim. */
  readonly #during = new Map<string, Set<string>>()

  add(queue: string, claimsInFlight: ReadonlySet<string>): void {
    for (const claimId of this.#during.keys()) if (!claimsInFlight.has(claimId)) this.#during.delete(claimId)
    for (const claimId of claimsInFlight) this.#during.set(claimId, (this.#during.get(claimId) ?? new Set()).add(queue))
  }

  has({ claimId, queue }: Pick<JobRow, 'claimId' | 'queue'>): boolean {
    return this.#during.get(claimId ?? '')?.has(queue) ?? false
  }
}
