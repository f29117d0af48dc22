import type { DbjobqError } from '../../model/errors.js'
import { byPreference, type HeldJob } from './held-job.js'

/** All that a worker holds: claimed and waiting, running, or ended and not settled yet. */
export class Holdings {
  readonly #held = new Map<string, HeldJob>()
  /** The best one last. */
  readonly #waiting: HeldJob[] = []
  readonly #ofQueue = new Map<string, number>()

  get size(): number {
    return this.#held.size
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** All of one queue. */
  countOf(queue: string): number {
    return this.#ofQueue.get(queue) ?? 0
  }

  /** Answers what it held of the same jobs and had not ended: it was taken from this worker, else the store would not have given it anew. */
  add(jobs: HeldJob[]): HeldJob[] {
    const taken: HeldJob[] = []
    for (const job of jobs) {
      const former = this.#held.get(job.row.id)
      if (former) this.remove(former)
      if (former && former.state !== 'ended') taken.push(former)
      this.#held.set(job.row.id, job)
      this.#ofQueue.set(job.row.queue, this.countOf(job.row.queue) + 1)
      this.#waiting.push(job)
    }
    this.#waiting.sort((a, b) => byPreference(b, a))
    return taken
  }

  /** The best one that waits. */
  next(): HeldJob | undefined {
    return this.#waiting.pop()
  }

  /** All that wait, to be given back. */
  takeWaiting(): HeldJob[] {
    return this.#waiting.splice(0)
  }

  /** Those of one queue that wait, to be given back. */
  takeWaitingOf(queue: string): HeldJob[] {
    const [others, taken] = [[] as HeldJob[], [] as HeldJob[]]
    for (const held of this.takeWaiting()) (held.row.queue === queue ? taken : others).push(held)
    this.#waiting.push(...others)
    return taken
  }

  get(id: string): HeldJob | undefined {
    return this.#held.get(id)
  }

  values(): Iterable<HeldJob> {
    return this.#held.values()
  }

  /** False: it was not held (any more). */
  remove(job: HeldJob): boolean {
    const { id, queue } = job.row
    if (this.#held.get(id) !== job) return false
    this.#ofQueue.set(queue, this.countOf(queue) - 1)
    job.leave()
    return this.#held.delete(id)
  }

  /** The lease is gone: whatever is held belongs to others now. */
  lose(reason: DbjobqError): void {
    this.#waiting.length = 0
    for (const job of this.#held.values()) {
      job.abort(reason)
      job.leave()
    }
    this.#held.clear()
    this.#ofQueue.clear()
  }
}
