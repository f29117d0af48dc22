import { DbjobqError } from '../../model/errors.js'
import type { HeartbeatAnswer, JobStorage } from '../../model/storage.js'
import type { Store } from '../store.js'
import type { Claimer } from './claimer.js'
import type { Holdings } from './holdings.js'
import { Strays } from './strays.js'

/** What a worker does at each beat of its lease: cancels what was asked for elsewhere, marks what has started, hands back what it does not know. */
export class Beat {
  readonly #store: Store
  readonly #held: Holdings
  readonly #claims: Claimer['claimsInFlight']
  readonly #onPaused: (queue: string) => void
  readonly #strays = new Strays()

  constructor(store: Store, held: Holdings, claimsInFlight: Claimer['claimsInFlight'], onPaused: (queue: string) => void) {
    this.#store = store
    this.#held = held
    this.#claims = claimsInFlight
    this.#onPaused = onPaused
  }

  async run(claims: HeartbeatAnswer['claims']): Promise<void> {
    const unknown = []
    for (const claim of claims) {
      const held = this.#held.get(claim.id)
      if (held?.row.claimId !== claim.claimId) {
        if (!this.#claims.has(claim.claimId)) unknown.push(claim)
      } else if (claim.cancelRequested) held.abort(cancelled(claim.id))
    }
    await this.#markStarted(this.#store.storage)
    await this.#strays.handBack(unknown, this.#store.storage, () => this.#store.clock.now())
    await this.#learnPauses()
  }

  /** Another process may have paused a queue of which jobs wait here. */
  async #learnPauses(): Promise<void> {
    if (this.#held.waiting === 0) return
    for (const { name, pausedAt } of await this.#store.storage.findQueues()) if (pausedAt !== null) this.#onPaused(name)
  }

  /** Handlers that run at a beat: if this process dies, their attempt is charged. A job that has its slot and waits for its turn has not begun. */
  async #markStarted(storage: JobStorage): Promise<void> {
    const running = [...this.#held.values()].filter(
      (held) => held.state === 'running' && held.hasBegun && !held.isMarked && !held.isCompleting && !held.isInTransaction,
    )
    if (running.length === 0) return
    const marks = running.map(({ row }) => ({ id: row.id, claimId: row.claimId ?? '', startedAt: row.startedAt ?? 0 }))
    await storage.markJobs(marks)
    for (const held of running) held.isMarked = true
  }
}

export function cancelled(id: string): DbjobqError {
  return new DbjobqError('JOB_CANCELLED', `Job ${id} was cancelled.`)
}
