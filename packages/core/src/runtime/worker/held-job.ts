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
  /** Its completion is in a transaction of the handler, which may hold the row: nothing else may write it. */
  isCompleting = false
  /** Its handler is within `ctx.transaction`: a write of the row from elsewhere would make that fail where stores compare with a snapshot. */
  isInTransaction = false
  /** The worker gives up this job, whatever its handler does: a lost lease, or a shutdown past its deadline. */
  mustEnd = false
  /** What its run failed with. */
  thrown: unknown
  #beganAt = 0
  #duration: number | undefined
  #controller: AbortController | undefined
  #reason: DbjobqError | undefined
  #onAbort: (() => void) | undefined
  #isGone = false
  #onGone: (() => void) | undefined

  constructor(row: JobRow, rank: number) {
    this.row = row
    this.rank = rank
  }

  /** Its handler starts. */
  begin(): void {
    this.#beganAt = performance.now()
  }

  get hasBegun(): boolean {
    return this.#beganAt > 0
  }

  /** Its handler has ended, or is not waited for any longer. */
  finish(): void {
    if (this.#beganAt > 0) this.#duration ??= performance.now() - this.#beganAt
  }

  /** ms that its handler took; 0 when it never started. */
  get duration(): number {
    return this.#duration ?? 0
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
    const isLast = reason.code === 'LEASE_LOST' || reason.code === 'SHUTDOWN'
    this.mustEnd ||= isLast
    if (this.#reason && reason.code !== 'LEASE_LOST') {
      if (isLast) this.#onAbort?.()
      return
    }
    this.#reason = reason
    this.#controller?.abort(reason)
    this.#onAbort?.()
  }

  whenAborted(listener: () => void): void {
    this.#onAbort = listener
    if (this.#reason) listener()
  }

  /** It is settled, or lost. */
  leave(): void {
    this.#isGone = true
    this.#onGone?.()
  }

  whenGone(): Promise<void> {
    return this.#isGone ? Promise.resolve() : new Promise((resolve) => (this.#onGone = resolve))
  }

  get isLost(): boolean {
    return this.#reason?.code === 'LEASE_LOST'
  }
}

/** The better one first: by rank of the queue, priority, time, id. */
export function byPreference(a: HeldJob, b: HeldJob): number {
  return a.rank - b.rank || b.row.priority - a.row.priority || a.row.runAt - b.row.runAt || (a.row.id < b.row.id ? -1 : 1)
}
