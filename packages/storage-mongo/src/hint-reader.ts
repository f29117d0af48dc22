import { setTimeout as sleep } from 'node:timers/promises'
import type { FindCursor, Timestamp } from 'mongodb'
import { newestTime } from './hints.js'
import type { HintDocument, Store } from './store.js'

/** ms that the server waits for a hint before it answers without one: one command a second while nothing happens. */
const longestWait = 1_000
/** ms between two attempts to open the cursor, doubled up to the second. */
const firstPause = 100
const longestPause = 5_000
/** ms between two looks whether a cursor that shall be closed is open by now. */
const openingPause = 5

/** Follows the hints of all senders by one tailable cursor, which is opened again whenever it dies. */
export class HintReader {
  readonly #store: Store
  readonly #onHint: (hint: string) => void
  readonly #stop = new AbortController()
  /** Of the last hint heard: the next cursor goes on from there. */
  #heardUntil: Timestamp
  #cursor: FindCursor<HintDocument> | undefined

  /** Hears what is sent after `from`. `onHint` must not throw. */
  constructor(store: Store, from: Timestamp, onHint: (hint: string) => void) {
    this.#store = store
    this.#heardUntil = from
    this.#onHint = onHint
    void this.#follow()
  }

  /** Frees the cursor on the server too. */
  async stop(): Promise<void> {
    this.#stop.abort()
    // Closed before its id is known, the driver (7.9) would leave it on the server: it neither kills it then nor once it knows it.
    while (this.#cursor && !this.#cursor.id) await sleep(openingPause, undefined, { ref: false })
    await this.#cursor?.close().catch(() => undefined)
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted
  }

  async #follow(): Promise<void> {
    for (let pause = firstPause; !this.#isStopped; pause = Math.min(pause * 2, longestPause)) {
      const opened = performance.now()
      try {
        await this.#followOne(await this.#open())
      } catch {
        // Killed, overrun by the writers, a stepdown, a lost connection: another cursor will tell.
      }
      if (performance.now() - opened > longestPause) pause = firstPause
      await sleep(pause, undefined, { ref: false, signal: this.#stop.signal }).catch(() => undefined)
    }
  }

  async #followOne(cursor: FindCursor<HintDocument>): Promise<void> {
    this.#cursor = cursor
    try {
      for (let isDead = false; !this.#isStopped && !isDead;) {
        const hint = await cursor.tryNext()
        if (hint) this.#hear(hint)
        else isDead = cursor.closed || cursor.id?.isZero() === true
      }
    } finally {
      await cursor.close().catch(() => undefined)
      this.#cursor = undefined
    }
  }

  async #open(): Promise<FindCursor<HintDocument>> {
    const newest = await newestTime(this.#store)
    // The clock of a server that was started anew may be behind: to wait for it would mean to hear nothing.
    if (newest.lessThan(this.#heardUntil)) this.#heardUntil = newest
    // 0: none. A socket that is silent for longer is taken for dead.
    const patience = this.#store.client.options.socketTimeoutMS || Infinity
    return this.#store.hints.find(
      { at: { $gt: this.#heardUntil } },
      { tailable: true, awaitData: true, maxAwaitTimeMS: Math.ceil(Math.min(longestWait, patience / 2)) },
    )
  }

  #hear({ at, hints }: HintDocument): void {
    if (at) this.#heardUntil = at
    if (!this.#isStopped) for (const hint of hints) this.#onHint(hint)
  }
}
