import { setTimeout as pause } from 'node:timers/promises'
import { settle, type Outcome } from '../../model/outcome.js'
import type { JobRow, Settlement } from '../../model/storage.js'
import { Loop, type Reports } from '../loop.js'
import { batches, settlementSize } from '../queue/batches.js'
import type { Store } from '../store.js'

const rescueLimit = 200
const pruneLimit = 500
const pruneEvery = 60_000
const removeWorkersEvery = 60_000
/** Between two batches, so that pruning leaves the database to the workers, ms. */
const prunePause = 20

interface MaintenanceOptions {
  store: Store
  /** ms between looks for jobs whose worker is gone. */
  rescueEvery: number
  onRescued: (row: JobRow, outcome: Outcome, settlement: Settlement) => void
  reports: Reports
}

/** What any worker does for all: rescues the jobs of workers that are gone and prunes what is old. Several may do it at once. */
export class Maintenance {
  readonly #options: MaintenanceOptions
  readonly #loops: Loop[]
  #isStopping = false
  /** `performance.now()` */
  #removeWorkersAt = 0

  constructor(options: MaintenanceOptions) {
    this.#options = options
    const { onTrouble, onTurned } = options.reports
    const rescuing = new Loop(() => this.#rescue(), onTrouble, onTurned)
    const pruning = new Loop(() => this.#prune(), onTrouble, onTurned)
    this.#loops = [rescuing, pruning]
  }

  start(): void {
    for (const loop of this.#loops) loop.start()
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all(this.#loops.map((loop) => loop.stop()))
  }

  async #rescue(): Promise<number> {
    const { store, rescueEvery } = this.#options
    // The owner counts its lease by a clock of its own: wait for it a little longer than both may be off.
    const dead = store.clock.now() - Math.max(2_000, 2 * store.clock.error)
    let after: string | undefined
    do {
      const orphans = await store.storage.findOrphans({ now: dead, limit: rescueLimit, ...(after === undefined ? {} : { after }) })
      await this.#rescueJobs(orphans)
      after = orphans.length === rescueLimit ? orphans.at(-1)?.id : undefined
    } while (after !== undefined && !this.#isStopping)
    if (performance.now() >= this.#removeWorkersAt) {
      this.#removeWorkersAt = performance.now() + removeWorkersEvery
      await this.#removeWorkers(dead)
    }
    return spread(rescueEvery)
  }

  async #rescueJobs(orphans: JobRow[]): Promise<void> {
    const { storage, clock } = this.#options.store
    const endings = orphans.map((row) => ({ row, ...settle(row, { kind: 'rescued' }, clock.now()) }))
    for (const batch of batches(endings, ({ settlement }) => settlementSize(settlement))) {
      const answers = await storage.settleJobs(batch.map(({ settlement }) => settlement))
      for (const [index, { row, outcome, settlement }] of batch.entries()) {
        if (answers[index] === 'settled') this.#options.onRescued(row, outcome, settlement)
      }
    }
  }

  /** Their jobs are rescued; a worker that wakes up again finds its lease gone either way. */
  async #removeWorkers(dead: number): Promise<void> {
    const { storage } = this.#options.store
    for (const { id, leaseUntil } of await storage.findWorkers()) {
      if (leaseUntil <= dead) await storage.heartbeat({ workerId: id, info: '', now: dead, leaseUntil: dead, first: false })
    }
  }

  async #prune(): Promise<number> {
    const { storage, clock } = this.#options.store
    while (!this.#isStopping && (await storage.pruneJobs({ now: clock.now(), limit: pruneLimit })) === pruneLimit) await pause(prunePause)
    return spread(pruneEvery)
  }
}

/** ± 20 %, so that many processes do not look at once. */
function spread(ms: number): number {
  return ms * (0.8 + Math.random() * 0.4)
}
