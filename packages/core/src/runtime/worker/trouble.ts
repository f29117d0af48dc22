import type { Emitter } from '../emitter.js'
import type { Reports } from '../loop.js'
import type { WorkerEvents } from './events.js'

const warnEvery = 60_000

/** Trouble is told to the listeners of the worker; where there are none, as a process warning at most once a minute. */
export class Trouble {
  readonly #events: Emitter<WorkerEvents>
  readonly #since = new Map<string, number>()
  #warnedAt = Number.NEGATIVE_INFINITY
  /** The last one told; null: there was none. */
  last: { at: Date; during: string; error: unknown } | null = null

  constructor(events: Emitter<WorkerEvents>) {
    this.#events = events
  }

  /** Some of what the worker does fails now. */
  get isGoingOn(): boolean {
    return this.#since.size > 0
  }

  during(during: string): Reports {
    return {
      onTrouble: (error) => {
        if (!this.#since.has(during)) this.#since.set(during, performance.now())
        this.tell(during, error)
      },
      onTurned: () => {
        const since = this.#since.get(during)
        if (since === undefined) return
        this.#since.delete(during)
        this.#events.emit('recovered', { during, duration: performance.now() - since })
      },
    }
  }

  tell(during: string, error: unknown): void {
    this.last = { at: new Date(), during, error }
    this.#events.emit('trouble', { during, error })
    if (!this.#events.has('trouble')) this.#warn(`dbjobq worker, ${during}: ${String(error)}. It goes on trying.`, 'DBJOBQ_TROUBLE')
  }

  /** The event loop stood still for `duration` ms. */
  blocked(duration: number): void {
    this.#events.emit('blocked', { duration })
    if (this.#events.has('blocked')) return
    const text = `dbjobq worker: the event loop stood still for ${Math.round(duration)} ms. Its jobs go to others at a whole lease.`
    this.#warn(text, 'DBJOBQ_BLOCKED')
  }

  #warn(text: string, code: string): void {
    if (performance.now() - this.#warnedAt < warnEvery) return
    this.#warnedAt = performance.now()
    process.emitWarning(text, { code })
  }
}
