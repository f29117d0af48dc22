/** Work that may wait in this process, ms: enough that slots never idle for a claim, little enough that it seldom waits here while other workers are free. */
const bufferedWork = 250
const mostWaiting = 1_000

/** How many jobs a worker may hold, from how long its handlers take. */
export class Capacity {
  readonly #concurrency: number
  /** ms a run, moving average over about the last 20; unknown until the first ended. */
  #duration: number | undefined

  constructor(concurrency: number) {
    this.#concurrency = concurrency
  }

  ran(duration: number): void {
    this.#duration = this.#duration === undefined ? duration : this.#duration + (duration - this.#duration) / 20
  }

  /** Running, waiting and unsettled together. */
  get jobs(): number {
    if (this.#duration === undefined) return this.#concurrency
    const waiting = (this.#concurrency * bufferedWork) / Math.max(this.#duration, 0.01)
    return this.#concurrency + Math.min(Math.floor(waiting), mostWaiting)
  }
}
