import { settle, type Ending, type Outcome } from '../../model/outcome.js'
import { maxBytesPerCall, type JobStorage, type Settlement } from '../../model/storage.js'
import { DbjobqError } from '../../model/errors.js'
import { settlementSize } from '../queue/batches.js'
import type { HeldJob } from './held-job.js'
import { nextTurn } from '../next-turn.js'
import { Loop } from '../loop.js'
import type { Reports } from '../loop.js'

interface Ended {
  held: HeldJob
  outcome: Outcome
  settlement: Settlement
  size: number
}

/** Larger batches gain little (PostgreSQL +13 % from 100 to 500 at one connection) and hold locks longer. */
const batchSize = 500

interface SettlerOptions {
  storage: JobStorage
  now: () => number
  onSettled: (held: HeldJob, outcome: Outcome, settlement: Settlement) => void
  onLost: (held: HeldJob) => void
  /** After each batch: there is room again. */
  onFlushed: () => void
  reports: Reports
}

/**
 * Writes how jobs ended, in batches: at once when the line is idle, and all that gathered meanwhile when it was not. No timer:
 * one turn of the event loop is enough for handlers that end together to share a batch.
 */
export class Settler {
  readonly #options: SettlerOptions
  readonly #line: Ended[] = []
  readonly #loop: Loop
  #isScheduled = false
  #isIdle = true
  #whenIdle: (() => void)[] = []

  constructor(options: SettlerOptions) {
    this.#options = options
    this.#loop = new Loop(() => this.#flush(), options.reports.onTrouble, options.reports.onTurned)
  }

  start(): void {
    this.#loop.start()
  }

  add(held: HeldJob, ending: Ending): void {
    held.state = 'ended'
    this.#line.push(this.#compute(held, ending))
    this.#isIdle = false
    if (this.#isScheduled) return
    this.#isScheduled = true
    nextTurn(() => {
      this.#isScheduled = false
      this.#loop.wake()
    })
  }

  /** Resolves when all is written, or after `timeout` ms. */
  async drain(timeout: number): Promise<void> {
    if (this.#isIdle) return
    let timer: NodeJS.Timeout | undefined
    const idle = new Promise<void>((resolve) => this.#whenIdle.push(resolve))
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeout)))
    await Promise.race([idle, late])
    clearTimeout(timer)
  }

  stop(): Promise<void> {
    return this.#loop.stop()
  }

  #compute(held: HeldJob, ending: Ending): Ended {
    const { outcome, settlement } = settle(held.row, ending, this.#options.now())
    return { held, outcome, settlement, size: settlementSize(settlement) }
  }

  async #flush(): Promise<number> {
    const batch = this.#take()
    if (batch.length === 0) {
      if (this.#line.length > 0) return 0
      this.#isIdle = true
      for (const resolve of this.#whenIdle.splice(0)) resolve()
      return Number.POSITIVE_INFINITY
    }
    try {
      await this.#settle(batch)
    } catch (error) {
      // A batch that can never be written would hold up all others: its jobs go one by one, and a lone one is left to rescue.
      if (DbjobqError.isInstance(error, 'TOO_LARGE')) await this.#settleEach(batch)
      else {
        this.#line.unshift(...batch)
        throw error
      }
    }
    this.#options.onFlushed()
    return 0
  }

  #take(): Ended[] {
    let size = 0
    let count = 0
    for (const ended of this.#line) {
      size += ended.size
      if (count === batchSize || (count > 0 && size > maxBytesPerCall)) break
      count++
    }
    return this.#line.splice(0, count).filter(({ held }) => !held.isLost)
  }

  async #settle(batch: Ended[]): Promise<void> {
    const answers = await this.#options.storage.settleJobs(batch.map(({ settlement }) => settlement))
    for (const [index, { held, outcome, settlement }] of batch.entries()) {
      const answer = answers[index]
      if (answer === 'settled') this.#options.onSettled(held, outcome, settlement)
      else if (answer === 'cancelRequested') this.add(held, { kind: 'cancelled' })
      else this.#options.onLost(held)
    }
  }

  async #settleEach(batch: Ended[]): Promise<void> {
    for (const ended of batch) {
      try {
        await this.#settle([ended])
      } catch (error) {
        if (!DbjobqError.isInstance(error, 'TOO_LARGE')) throw error
        this.#options.reports.onTrouble(error)
        this.#options.onLost(ended.held)
      }
    }
  }
}
