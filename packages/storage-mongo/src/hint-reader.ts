import { setTimeout as sleep } from 'node:timers/promises'
import type { FindCursor, Timestamp } from 'mongodb'
import { insertSeed, isCapped, newestTime } from './hints.js'
import type { HintDocument, Store } from './store.js'

/** ms that the server waits for a hint before it answers without one: half a command a second while nothing happens. */
const longestWait = 2_000
/** ms between two attempts to open the cursor, doubled up to the second. */
const firstPause = 100
const longestPause = 5_000

/** Follows the hints of all senders by one tailable cursor, which is opened again whenever it dies. */
export class HintReader {
  readonly #store: Store
  readonly #onHint: (hint: string) => void
  readonly #stop = new AbortController()
  /** Of the last hint heard: the next cursor goes on from there. */
  #heardUntil: Timestamp | null = null
  #cursor: FindCursor<HintDocument> | undefined

  /** `onHint` must not throw. */
  constructor(store: Store, onHint: (hint: string) => void) {
    this.#store = store
    this.#onHint = onHint
  }

  /** Once it resolved, whatever is sent will be heard. */
  async start(): Promise<void> {
    this.#heardUntil = await newestTime(this.#store)
    void this.#follow()
  }

  /** Frees the cursor on the server too, which otherwise would hold a connection until it answers. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#cursor?.close().catch(() => undefined)
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted
  }

  async #follow(): Promise<void> {
    for (let pause = firstPause; !this.#isStopped; pause = Math.min(pause * 2, longestPause)) {
      const began = performance.now()
      try {
        await this.#followOne()
      } catch {
        // Killed, overrun by the writers, a stepdown, a lost connection: another cursor will tell.
      }
      if (performance.now() - began > longestPause) pause = firstPause
      await sleep(pause, undefined, { ref: false, signal: this.#stop.signal }).catch(() => undefined)
    }
  }

  async #followOne(): Promise<void> {
    const from = await this.#from()
    if (!from || this.#isStopped) return
    const cursor = this.#open(from)
    this.#cursor = cursor
    try {
      while (!this.#isStopped && !isDead(cursor)) {
        const hint = await cursor.tryNext()
        if (hint && !this.#isStopped) this.#hear(hint)
      }
    } finally {
      await cursor.close().catch(() => undefined)
    }
  }

  /** Null: there is nothing to follow now. */
  async #from(): Promise<Timestamp | null> {
    const newest = await newestTime(this.#store)
    if (!newest) {
      if (await isCapped(this.#store)) await insertSeed(this.#store)
      return this.#heardUntil ?? newestTime(this.#store)
    }
    // The clock of a server that was started anew may be behind: to wait for it would mean to hear nothing.
    if (!this.#heardUntil || newest.lessThan(this.#heardUntil)) this.#heardUntil = newest
    return this.#heardUntil
  }

  #open(from: Timestamp): FindCursor<HintDocument> {
    const { socketTimeoutMS, timeoutMS } = this.#store.client.options
    const patience = Math.min(...[socketTimeoutMS, timeoutMS].map((bound) => bound || Infinity))
    return this.#store.hints.find(
      { at: { $gt: from } },
      { tailable: true, awaitData: true, maxAwaitTimeMS: Math.ceil(Math.min(longestWait, patience / 2)) },
    )
  }

  #hear({ at, hints }: HintDocument): void {
    this.#heardUntil = at
    for (const hint of hints) this.#onHint(hint)
  }
}

function isDead(cursor: FindCursor<HintDocument>): boolean {
  return cursor.closed || cursor.id?.isZero() === true
}
