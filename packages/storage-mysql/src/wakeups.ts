import { HintListeners, type Wakeups } from '@dbjobq/core/storage'
import type { Calls } from './calls.js'
import { PulseReader } from './pulse-reader.js'
import { insertPulses, prunePulses } from './pulses.js'
import type { Tables } from './tables.js'

/** ms between two prunings of one process. */
const pruneEvery = 30_000

interface Running {
  reader: PulseReader
  started: Promise<void>
}

/**
 * The server has no way to wake a client, so hints are rows that every listening process reads: one reader for all who listen in it.
 * They are never written in a transaction of the caller, whose rollback would take them along and whose length would hold them back.
 */
export class PulseWakeups implements Wakeups {
  readonly #calls: Calls
  readonly #tables: Tables
  readonly #listeners = new HintListeners()
  #running: Running | undefined
  #prunedAt = -Infinity

  constructor(calls: Calls, tables: Tables) {
    this.#calls = calls
    this.#tables = tables
  }

  async send(hints: string[]): Promise<void> {
    if (hints.length === 0) return
    await this.#calls.run((session) => insertPulses(session, this.#tables, hints))
    if (performance.now() - this.#prunedAt < pruneEvery) return
    this.#prunedAt = performance.now()
    void this.#prune()
  }

  async listen(onHint: (hint: string) => void): Promise<() => Promise<void>> {
    const end = this.#listeners.add(onHint)
    const running = (this.#running ??= this.#start())
    try {
      await running.started
    } catch (error) {
      this.#end(end)
      if (this.#running === running) this.#running = undefined
      throw error
    }
    return () => {
      this.#end(end)
      return Promise.resolve()
    }
  }

  close(): void {
    this.#listeners.clear()
    this.#stop()
  }

  #start(): Running {
    const reader = new PulseReader(this.#calls, this.#tables, (hint) => this.#listeners.tell(hint))
    return { reader, started: reader.start() }
  }

  #end(end: () => void): void {
    end()
    if (this.#listeners.size === 0) this.#stop()
  }

  #stop(): void {
    this.#running?.reader.stop()
    this.#running = undefined
  }

  /** Who sends keeps the table small; where nobody sends it does not grow. What fails is left to the next one. */
  async #prune(): Promise<void> {
    try {
      while (await this.#calls.run((session) => prunePulses(session, this.#tables)));
    } catch {
      // The hints were sent; old rows harm nobody.
    }
  }
}
