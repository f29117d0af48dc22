import type { RunnableHint } from './hints.js'

/** When a transaction of the caller may have committed, ms after the call. */
const steps = [20, 100, 500, 2_000]

interface Waiting {
  hint: RunnableHint
  /** The last call that it answers, `performance.now()`. */
  askedAt: number
  timer: NodeJS.Timeout
}

/** Repeats the hints of jobs that were stored in the caller's transaction, since nobody tells when it commits. Coalesced per queue. */
export class Echo {
  readonly #send: (hint: RunnableHint) => void
  readonly #waiting = new Map<string, Waiting>()

  constructor(send: (hint: RunnableHint) => void) {
    this.#send = send
  }

  add(hint: RunnableHint): void {
    const askedAt = performance.now()
    for (const step of steps) {
      const key = `${step} ${hint.runAt === 0} ${hint.queue}`
      const waiting = this.#waiting.get(key)
      if (waiting) {
        waiting.askedAt = askedAt
        waiting.hint = hint.runAt < waiting.hint.runAt ? hint : waiting.hint
      } else this.#waiting.set(key, { hint, askedAt, timer: this.#arm(key, step, step) })
    }
  }

  /** Tells what waits now, for the last time. */
  close(): void {
    for (const { hint, timer } of this.#waiting.values()) {
      clearTimeout(timer)
      this.#send(hint)
    }
    this.#waiting.clear()
  }

  #arm(key: string, step: number, delay: number): NodeJS.Timeout {
    return setTimeout(() => {
      const waiting = this.#waiting.get(key)
      if (!waiting) return
      this.#send(waiting.hint)
      // Calls since this one was armed want theirs later.
      const rest = waiting.askedAt + step - performance.now()
      if (rest > 0) waiting.timer = this.#arm(key, step, rest)
      else this.#waiting.delete(key)
    }, delay).unref()
  }
}
