import type { JobRow } from '../model/storage.js'

/**
 * What concerns the workers of a store at once. A hint may be lost and may come twice: a poll or a beat finds the same, later.
 * `look`: anything may have changed.
 */
export type Hint =
  /** `runAt` 0: jobs of the queue wait for a slot. Else they are scheduled and have to be promoted at that time, which may be over by now. */
  | { kind: 'runnable'; queue: string; runAt: number }
  | { kind: 'cancel'; id: string }
  | { kind: 'paused'; queue: string }
  | { kind: 'schedule' }
  | { kind: 'look' }
export type RunnableHint = Extract<Hint, { kind: 'runnable' }>

/** What to tell of jobs that were written: of each queue whether some wait for a slot, and when the first of the scheduled ones is due. */
export function hintsOf(jobs: Iterable<Pick<JobRow, 'queue' | 'status' | 'runAt'>>): RunnableHint[] {
  const hints = new Map<string, RunnableHint>()
  for (const { queue, status, runAt: time } of jobs) {
    const runAt = status === 'scheduled' ? time : 0
    const key = `${status === 'scheduled'} ${queue}`
    const known = hints.get(key)
    if (!known || runAt < known.runAt) hints.set(key, { kind: 'runnable', queue, runAt })
  }
  return [...hints.values()]
}

export class Hints {
  readonly #listeners = new Set<(hint: Hint) => void>()
  readonly #endListeners = new Set<(id: string) => void>()
  /** For the bridge to other processes: what is sent here, and whether anyone listens. */
  onSend: ((hint: Hint) => void) | undefined
  onAudience: ((isThere: boolean) => void) | undefined

  /** As long as someone listens, hints of other processes come too. */
  listen(listener: (hint: Hint) => void): () => void {
    this.#listeners.add(listener)
    if (this.#listeners.size === 1) this.onAudience?.(true)
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.onAudience?.(false)
    }
  }

  /** To this process and all others. */
  send(hint: Hint): void {
    this.receive(hint)
    this.onSend?.(hint)
  }

  /** To this process only. */
  receive(hint: Hint): void {
    for (const listener of this.#listeners) listener(hint)
  }

  /** For those who wait for the end of jobs. Ends are told in this process only: others would hear of every job for the few that are awaited. */
  listenForEnds(listener: (id: string) => void): () => void {
    this.#endListeners.add(listener)
    return () => this.#endListeners.delete(listener)
  }

  tellEnd(id: string): void {
    for (const listener of this.#endListeners) listener(id)
  }
}
