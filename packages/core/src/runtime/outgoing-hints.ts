import { setTimeout as pause } from 'node:timers/promises'
import type { Hint, RunnableHint } from './hints.js'

/** The first hint goes at once, what comes within this time after it goes together, ms. */
const gap = 5
/** More than this at once say no more than that anything may have changed. */
const mostWaiting = 1_000
/** How long closing waits for the last ones, ms. */
const flushTimeout = 1_000

interface OutgoingHintsOptions {
  send: (hints: Hint[]) => Promise<void>
  /** Epoch ms of the store. */
  now: () => number
}

/** Hints on their way to other processes: coalesced, one sending at a time, in nobody's way. What fails to go is lost. */
export class OutgoingHints {
  readonly #options: OutgoingHintsOptions
  #waiting = new Map<string, Hint>()
  /** By queue, the earliest time to come that was told. Whoever looks then sees what comes later. */
  readonly #announced = new Map<string, number>()
  #draining: Promise<void> | undefined

  constructor(options: OutgoingHintsOptions) {
    this.#options = options
  }

  add(hint: Hint): void {
    if (hint.kind === 'runnable') this.#addRunnable(hint.queue, hint.runAt)
    else this.#waiting.set(keyOf(hint), hint)
    if (this.#waiting.size > mostWaiting) this.#waiting = new Map([['look', { kind: 'look' }]])
    if (this.#waiting.size > 0) this.#draining ??= this.#drain().finally(() => (this.#draining = undefined))
  }

  async flush(): Promise<void> {
    await Promise.race([this.#draining, pause(flushTimeout, undefined, { ref: false })])
  }

  #addRunnable(queue: string, runAt: number): void {
    if (runAt === 0) {
      this.#waiting.set(`now ${queue}`, { kind: 'runnable', queue, runAt })
      return
    }
    const now = this.#options.now()
    const announced = this.#announced.get(queue)
    if (announced !== undefined && announced > now && announced < runAt) return
    const waiting = this.#waiting.get(`later ${queue}`)
    if (waiting?.kind === 'runnable' && waiting.runAt <= runAt) return
    this.#announced.set(queue, runAt)
    this.#waiting.set(`later ${queue}`, { kind: 'runnable', queue, runAt })
  }

  async #drain(): Promise<void> {
    // What is told in one turn goes together.
    await Promise.resolve()
    while (this.#waiting.size > 0) {
      const hints = [...this.#waiting.values()]
      this.#waiting = new Map()
      const sentAt = performance.now()
      // A database that is down is told by the calls that need it.
      await this.#options.send(hints).catch(() => undefined)
      await pause(Math.max(0, gap - (performance.now() - sentAt)))
    }
  }
}

function keyOf(hint: Exclude<Hint, RunnableHint>): string {
  if (hint.kind === 'cancel') return `cancel ${hint.id}`
  return hint.kind === 'paused' ? `paused ${hint.queue}` : hint.kind
}
