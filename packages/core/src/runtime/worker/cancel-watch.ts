import { setTimeout as pause } from 'node:timers/promises'
import { maxRowsPerCall, type JobStorage } from '../../model/storage.js'
import type { HeldJob } from './held-job.js'
import type { Holdings } from './holdings.js'

/** Between two looks, ms: where every write of others may be a cancel, a busy store is asked no more often. */
const restBetween = 250

interface CancelWatchOptions {
  storage: Pick<JobStorage, 'findJobs'>
  holdings: Holdings
  onCancelled: (held: HeldJob) => void
  onTrouble: (error: unknown) => void
}

/** Looks whether jobs that are held were cancelled. A hint may come late, or for another claim: the store says what is so. */
export class CancelWatch {
  readonly #options: CancelWatchOptions
  readonly #wanted = new Set<string>()
  #isLooking = false
  #isStopped = false

  constructor(options: CancelWatchOptions) {
    this.#options = options
  }

  look(id: string): void {
    if (this.#isStopped || !this.#options.holdings.get(id)) return
    this.#wanted.add(id)
    if (!this.#isLooking) void this.#drain()
  }

  /** The worker has settled all that it held: the storage may be closed. */
  stop(): void {
    this.#isStopped = true
    this.#wanted.clear()
  }

  lookAtAll(): void {
    for (const { row, state } of this.#options.holdings.values()) if (state === 'running') this.look(row.id)
  }

  async #drain(): Promise<void> {
    this.#isLooking = true
    while (this.#wanted.size > 0) {
      const ids = [...this.#wanted].slice(0, maxRowsPerCall)
      for (const id of ids) this.#wanted.delete(id)
      // If it fails, the next heartbeat tells.
      await this.#check(ids).catch((error: unknown) => {
        if (!this.#isStopped) this.#options.onTrouble(error)
      })
      await pause(restBetween, undefined, { ref: false })
    }
    this.#isLooking = false
  }

  async #check(ids: string[]): Promise<void> {
    const rows = await this.#options.storage.findJobs({ ids, status: ['running'] }, { limit: ids.length, summary: true })
    for (const { id, claimId, cancelRequestedAt } of rows) {
      const held = this.#options.holdings.get(id)
      if (held?.row.claimId === claimId && cancelRequestedAt !== null) this.#options.onCancelled(held)
    }
  }
}
