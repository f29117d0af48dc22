const samples = 5
/** A reading this near is near enough, ms: leases and rescue allow for seconds. */
const nearEnough = 2
const syncedFor = 60_000
/** A wall clock that moved this much against the monotonic one was set, or the machine slept. */
const jump = 1_000

/**
 * The time of the store, carried on by this process's monotonic clock: a wrong or jumping wall clock changes nothing.
 * Of up to five readings the one with the shortest round trip counts; it is at most half a round trip off.
 */
export class ServerClock {
  readonly #read: () => Promise<number>
  #offset = Date.now() - performance.now()
  #error = Number.POSITIVE_INFINITY
  #syncedAt = Number.NEGATIVE_INFINITY
  #wallOffset = 0
  #syncing: Promise<void> | undefined

  constructor(read: () => Promise<number>) {
    this.#read = read
  }

  /** Epoch ms, whole. */
  now(): number {
    return Math.round(performance.now() + this.#offset)
  }

  /** How far `now` may be off, ms. */
  get error(): number {
    return this.#error
  }

  get isStale(): boolean {
    const wallOffset = Date.now() - performance.now()
    return performance.now() - this.#syncedAt > syncedFor || Math.abs(wallOffset - this.#wallOffset) > jump
  }

  sync(): Promise<void> {
    this.#syncing ??= this.#sample().finally(() => (this.#syncing = undefined))
    return this.#syncing
  }

  async #sample(): Promise<void> {
    let best = { offset: 0, error: Number.POSITIVE_INFINITY }
    for (let sample = 0; sample < samples && best.error > nearEnough; sample++) {
      const sent = performance.now()
      const time = await this.#read()
      const received = performance.now()
      const error = (received - sent) / 2
      if (error < best.error) best = { offset: time - (sent + received) / 2, error }
    }
    this.#offset = best.offset
    this.#error = best.error
    this.#syncedAt = performance.now()
    this.#wallOffset = Date.now() - performance.now()
  }
}
