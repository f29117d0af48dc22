/** Looks in one lease. */
const looksPerLease = 6

/**
 * Tells when the event loop stood still for more than half the lease: a little longer and the jobs of this process are given to others.
 * It has a timer of its own, since a beat that is under way while the loop stands still is late for either reason.
 */
export class EventLoopWatch {
  readonly #lease: number
  readonly #onBlocked: (duration: number) => void
  #timer: NodeJS.Timeout | undefined

  /** `lease` and `duration`: ms. */
  constructor(lease: number, onBlocked: (duration: number) => void) {
    this.#lease = lease
    this.#onBlocked = onBlocked
  }

  start(): void {
    const rest = this.#lease / looksPerLease
    const dueAt = performance.now() + rest
    this.#timer = setTimeout(() => {
      const late = performance.now() - dueAt
      if (late > this.#lease / 2) this.#onBlocked(late)
      this.start()
    }, rest)
    this.#timer.unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
