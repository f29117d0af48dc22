import { longestTimer } from '../model/duration.js'

/** After trouble a loop waits 100 ms, twice as long each time, at most 5 s; ±25 % so that many processes spread. */
const shortestPause = 100
const longestPause = 5_000

/** What a loop of a worker reports to. */
export interface Reports {
  onTrouble: (error: unknown) => void
  /** A turn went well. */
  onTurned: () => void
}

/**
 * Repeats a turn until it is stopped. A turn answers how long to rest, ms; `wake` ends the rest, or has the running turn
 * followed by another at once. A turn that rejects is told as trouble and tried again, ever more slowly; one that did not, as turned.
 */
export class Loop {
  readonly #turn: () => Promise<number>
  readonly #onTrouble: (error: unknown) => void
  readonly #onTurned: () => void
  #wake: (() => void) | undefined
  #isAwake = false
  #isStopping = false
  #running: Promise<void> = Promise.resolve()

  constructor(turn: () => Promise<number>, onTrouble: (error: unknown) => void, onTurned: () => void = () => undefined) {
    this.#turn = turn
    this.#onTrouble = onTrouble
    this.#onTurned = onTurned
  }

  start(): void {
    this.#running = this.#run()
  }

  wake(): void {
    this.#isAwake = true
    this.#wake?.()
  }

  /** Resolves once the turn that runs has ended. */
  stop(): Promise<void> {
    this.#isStopping = true
    this.wake()
    return this.#running
  }

  async #run(): Promise<void> {
    let pause = shortestPause
    while (!this.#isStopping) {
      this.#isAwake = false
      let rest: number
      let isTroubled = false
      try {
        rest = await this.#turn()
        pause = shortestPause
        this.#onTurned()
      } catch (error) {
        this.#onTrouble(error)
        isTroubled = true
        rest = pause * (0.75 + Math.random() / 2)
        pause = Math.min(pause * 2, longestPause)
      }
      // A wake does not shorten the pause after trouble: a database that is down is not asked again for each job.
      if (rest > 0) await this.#rest(rest, isTroubled)
    }
  }

  #rest(ms: number, isTroubled: boolean): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isStopping || (this.#isAwake && !isTroubled)) {
        resolve()
        return
      }
      // Longer than a timer holds (24.8 days) it would fire at once.
      const timer = ms <= longestTimer ? setTimeout(done, ms) : undefined
      const wake = (): void => {
        if (!isTroubled || this.#isStopping) done()
      }
      this.#wake = wake
      function done(): void {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
