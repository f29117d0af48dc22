import type { DbjobqError } from '../model/errors.js'
import type { Claim } from '../model/storage.js'
import type { Store } from '../runtime/store.js'
import { Lease } from '../runtime/worker/lease.js'

/** As long as that of a worker by default, ms. */
const duration = 60_000

interface RunLeaseOptions {
  store: Store
  describe: () => object
  onCancel: (claim: Claim) => void
  onLost: (reason: DbjobqError) => void
}

/** The lease under which `runJobs` holds its jobs: that of a worker, taken anew where it ended. */
export class RunLease {
  readonly #options: RunLeaseOptions
  #lease: Lease | undefined

  constructor(options: RunLeaseOptions) {
    this.#options = options
  }

  /** The id of the worker that holds a lease now. */
  async hold(): Promise<string> {
    if (this.#lease?.isHeld) return this.#lease.workerId
    await this.end()
    const { store, describe, onCancel, onLost } = this.#options
    const lease = new Lease({
      store,
      lease: duration,
      describe,
      onBeat: (claims) => {
        for (const claim of claims) if (claim.cancelRequested) onCancel(claim)
        return Promise.resolve()
      },
      onLost,
      // If the database is gone, the next call of the run tells it.
      reports: { onTrouble: () => undefined, onTurned: () => undefined },
    })
    await lease.start()
    this.#lease = lease
    return lease.workerId
  }

  async end(): Promise<void> {
    const lease = this.#lease
    this.#lease = undefined
    await lease?.stop()
  }
}
