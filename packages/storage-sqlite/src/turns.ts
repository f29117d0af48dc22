/** ms: with one call of 1,000 rows on top, timers of 10 ms still fire. */
const longestTurn = 4

/**
 * SQLite runs on this thread. So work waits for its turn, first come first served, and after a few milliseconds of it
 * the event loop goes round before the next.
 */
export class Turns {
  readonly #waiting: (() => void)[] = []

  take<T>(work: () => T): Promise<T> {
    return new Promise((resolve) => {
      // The inner promise rejects with what `work` throws.
      this.#waiting.push(() => resolve(new Promise<T>((answer) => answer(work()))))
      if (this.#waiting.length === 1) setImmediate(this.#run)
    })
  }

  readonly #run = (): void => {
    const end = performance.now() + longestTurn
    let done = 0
    for (const work of this.#waiting) {
      work()
      done++
      if (performance.now() >= end) break
    }
    this.#waiting.splice(0, done)
    if (this.#waiting.length > 0) setImmediate(this.#run)
  }
}
