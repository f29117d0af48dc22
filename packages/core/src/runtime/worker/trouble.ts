import type { Emitter } from '../emitter.js'
import type { WorkerEvents } from './events.js'

const warnEvery = 60_000

/** Trouble is told to the listeners of the worker; where there are none, as a process warning at most once a minute. */
export class Trouble {
  readonly #events: Emitter<WorkerEvents>
  #warnedAt = Number.NEGATIVE_INFINITY

  constructor(events: Emitter<WorkerEvents>) {
    this.#events = events
  }

  during(during: string): (error: unknown) => void {
    return (error) => {
      this.#events.emit('trouble', { during, error })
      if (this.#events.has('trouble') || performance.now() - this.#warnedAt < warnEvery) return
      this.#warnedAt = performance.now()
      process.emitWarning(`dbjobq worker, ${during}: ${String(error)}. It goes on trying.`, { code: 'DBJOBQ_TROUBLE' })
    }
  }
}
