import type { Failure } from '../model/failure.js'

export interface JobEvent {
  id: string
  type: string
  queue: string
  attempt: number
}

/** What a worker tells. */
export interface WorkerEvents {
  started: JobEvent
  completed: JobEvent
  /** It failed and will run again at `runAt`, epoch ms. */
  retrying: JobEvent & { failure: Failure | undefined; runAt: number }
  failed: JobEvent & { failure: Failure | undefined }
  cancelled: JobEvent
  snoozed: JobEvent & { runAt: number }
  /** Given back unrun. */
  released: JobEvent
  /** Taken from a worker that is gone. */
  rescued: JobEvent
  /** This worker no longer held the job when it ended; what it did is not recorded. */
  leaseLost: JobEvent
  /** The handler goes on though its signal was aborted; the job was settled without it. */
  stuck: JobEvent & { reason: unknown }
  /** The database could not be used; the worker goes on trying. */
  trouble: { during: string; error: unknown }
}

/** A typed emitter. A listener that throws is told as a process warning and harms nothing else. */
export class Events<Map> {
  readonly #listeners = new globalThis.Map<keyof Map, Set<(event: never) => void>>()

  /** Answers the function that takes the listener away. */
  on<Name extends keyof Map>(name: Name, listener: (event: Map[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => listeners.delete(listener)
  }

  has(name: keyof Map): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0
  }

  emit<Name extends keyof Map>(name: Name, event: Map[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        ;(listener as (event: Map[Name]) => void)(event)
      } catch (error) {
        process.emitWarning(`A listener of ${String(name)} threw: ${String(error)}`, { code: 'DBJOBQ_LISTENER' })
      }
    }
  }
}
