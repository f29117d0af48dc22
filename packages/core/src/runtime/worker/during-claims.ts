/** What a worker was told while claims were under way: their answers may be from before. */
export class DuringClaims {
  /** By claim: names of queues, or ids of jobs. */
  readonly #told = new Map<string, Set<string>>()

  add(name: string, claimsInFlight: ReadonlySet<string>): void {
    for (const claimId of this.#told.keys()) if (!claimsInFlight.has(claimId)) this.#told.delete(claimId)
    for (const claimId of claimsInFlight) this.#told.set(claimId, (this.#told.get(claimId) ?? new Set()).add(name))
  }

  has(claimId: string | null, name: string): boolean {
    return this.#told.get(claimId ?? '')?.has(name) ?? false
  }
}
