import type { Calls } from './calls.js'
import { newestPulses, pageSize, readPulses, type Pulse } from './pulses.js'
import { PulseWindow } from './pulse-window.js'
import type { Tables } from './tables.js'

/** ms between two reads: a hint is heard after half of it on average, for 4 reads of a primary key a second. */
const pause = 250
/** ms between two attempts while the server cannot be read. */
const longestPause = 5_000

/** Reads the pulses of all senders, again and again until it is stopped. */
export class PulseReader {
  readonly #calls: Calls
  readonly #tables: Tables
  readonly #onHint: (hint: string) => void
  readonly #window = new PulseWindow()
  #timer: NodeJS.Timeout | undefined
  #failures = 0
  #stopped = false

  /** `onHint` must not throw. */
  constructor(calls: Calls, tables: Tables, onHint: (hint: string) => void) {
    this.#calls = calls
    this.#tables = tables
    this.#onHint = onHint
  }

  /** Once it resolved, whatever is sent will be heard. @throws StorageError */
  async start(): Promise<void> {
    const newest = await this.#calls.run((session) => newestPulses(session, this.#tables))
    this.#window.begin(newest, performance.now())
    this.#schedule()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    if (this.#stopped) return
    const delay = Math.min(pause * 2 ** this.#failures, longestPause)
    this.#timer = setTimeout(() => void this.#turn(), delay).unref()
  }

  /** What went wrong is tried again: the window keeps its place, so nothing that was sent meanwhile is lost. */
  async #turn(): Promise<void> {
    try {
      await this.#readAll()
      this.#failures = 0
    } catch {
      this.#failures++
    }
    this.#schedule()
  }

  async #readAll(): Promise<void> {
    const first = await this.#read(this.#window.position)
    // The newest pulse is never pruned.
    if (first.length === 0) this.#window.begin([], performance.now())
    for (let page = first; ; page = await this.#read(page.at(-1)?.id ?? 0)) {
      this.#hear(page)
      if (page.length < pageSize || this.#stopped) break
    }
    this.#window.advance(performance.now())
  }

  #read(from: number): Promise<Pulse[]> {
    return this.#calls.run((session) => readPulses(session, this.#tables, from))
  }

  #hear(pulses: Pulse[]): void {
    const now = performance.now()
    for (const { id, hints } of pulses) {
      if (this.#window.hear(id, now)) for (const hint of hints) this.#onHint(hint)
    }
  }
}
