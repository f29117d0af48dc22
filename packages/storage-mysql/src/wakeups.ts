import type { Wakeups } from '@dbjobq/core/storage'
import type { Calls } from './calls.js'
import { PulseReader } from './pulse-reader.js'
import { insertPulses, prunePulses } from './pulses.js'
import type { Tables } from './tables.js'

/** ms between two prunings of one process. */
const pruneEvery = 30_000

interface Listener {
  onHint: (hint: string) => void
}
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
  readonly #listeners = new Set<Listener>()
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
    const listener = { onHint }
    this.#listeners.add(listener)
    const running = (this.#running ??= this.#start())
    try {
      await running.started
    } catch (error) {
      this.#end(listener)
      if (this.#running === running) this.#running = undefined
      throw error
    }
    return () => {
      this.#end(listener)
      return Promise.resolve()
    }
  }

  close(): void {
    this.#listeners.clear()
    this.#stop()
  }

  #start(): Running {
    const reader = new PulseReader(this.#calls, this.#tables, (hint) => this.#deliver(hint))
    return { reader, started: reader.start() }
  }

  #end(listener: Listener): void {
    this.#listeners.delete(listener)
    if (this.#listeners.size === 0) this.#stop()
  }

  #stop(): void {
    this.#running?.reader.stop()
    this.#running = undefined
  }

  #deliver(hint: string): void {
    for (const { onHint } of [...this.#listeners]) {
      try {
        onHint(hint)
      } catch {
        // Of the listener's own making: the others hear it nevertheless.
      }
    }
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
