import { watch, type FSWatcher } from 'node:fs'

/** Between looks, ms: while the file is written; else, if its writes are seen, only in case one was not; and where they cannot be seen. */
const whileWritten = 5
const whileQuiet = 250
const whileBlind = 25
/** So long after the last change it counts as quiet, ms. A commit shows only after its fsync. */
const quietAfter = 100
/** Changes are told no more often, ms. */
const restBetween = 20

interface ChangeWatchOptions {
  filename: string
  /** `PRAGMA data_version` of a connection: another number once another connection has committed. Takes a microsecond. */
  version: () => number
  onChange: () => void
}

/**
 * Sees that other connections, of any process, committed to the file. A look is cheap, but waking a process up 40 times a second is not:
 * so the system tells when the write-ahead log is written. Of a file that is written all the time it would tell thousands of times a
 * second, so it is asked only while all is quiet.
 */
export class ChangeWatch {
  readonly #options: ChangeWatchOptions
  #watcher: FSWatcher | undefined
  #timer: NodeJS.Timeout | undefined
  #isOver = false
  #seen: number
  #activeUntil = 0
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(options: ChangeWatchOptions) {
    this.#options = options
    this.#seen = options.version()
    this.#activeUntil = performance.now() + quietAfter
    this.#look()
  }

  stop(): void {
    this.#isOver = true
    this.#watcher?.close()
    clearTimeout(this.#timer)
  }

  readonly #look = (): void => {
    if (this.#isOver) return
    this.#tellChange()
    const isActive = performance.now() < this.#activeUntil
    if (!isActive && !this.#watcher) {
      this.#watcher = this.#watch()
      // What was written in between is not told.
      this.#tellChange()
    }
    this.#timer = setTimeout(this.#look, isActive ? whileWritten : this.#watcher ? whileQuiet : whileBlind).unref()
  }

  #tellChange(): void {
    const now = performance.now()
    if (now - this.#toldAt < restBetween) return
    const version = this.#options.version()
    if (version === this.#seen) return
    this.#seen = version
    this.#toldAt = now
    this.#activeUntil = now + quietAfter
    this.#options.onChange()
  }

  #watch(): FSWatcher | undefined {
    try {
      return watch(`${this.#options.filename}-wal`, { persistent: false }, this.#onWrite).on('error', () => this.#stopWatching())
    } catch {
      return undefined
    }
  }

  readonly #onWrite = (): void => {
    if (!this.#watcher || this.#isOver) return
    this.#stopWatching()
    this.#activeUntil = performance.now() + quietAfter
    clearTimeout(this.#timer)
    this.#look()
  }

  #stopWatching(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }
}
