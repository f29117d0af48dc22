import type { DbjobqError } from '../../model/errors.js'
import type { JobRow } from '../../model/storage.js'

/** A job that this worker claimed and has not settled yet. */
export class HeldJob {
  readonly row: JobRow
  /** Of its queue among the queues of the worker: lower is preferred. */
  readonly rank: number
  state: 'waiting' | 'running' | 'ended' = 'waiting'
  /** The store knows that its handler started. */
  isMarked = false
  #controller: AbortController | undefined
  #reason: DbjobqError | undefined
  #onAbort: (() => void) | undefined

  constructor(row: JobRow, rank: number) {
    this.row = row
    this.rank = rank
  }

  /** Made when it is first asked for: most handlers never do. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#reason) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  /** Why the handler was asked to end. */
  get reason(): DbjobqError | undefined {
    return this.#reason
  }

  /** The first reason counts, but a lost lease counts over all. */
  abort(reason: DbjobqError): void {
    if (this.#reason && reason.code !== 'LEASE_LOST') return
    this.#reason = reason
    this.#controller?.abort(reason)
    this.#onAbort?.()
  }

  whenAborted(listener: () => void): void {
    this.#onAbort = listener
    if (this.#reason) listener()
  }

  get isLost(): boolean {
    return this.#reason?.code === 'LEASE_LOST'
  }
}

/** The better one first: by rank of the queue, priority, time, id. */
export function byPreference(a: HeldJob, b: HeldJob): number {
  return a.rank - b.rank || b.row.priority - a.row.priority || a.row.runAt - b.row.runAt || (a.row.id < b.row.id ? -1 : 1)
}
