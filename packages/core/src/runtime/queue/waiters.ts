import { decode } from '../../model/codec.js'
import { longestTimer } from '../../model/duration.js'
import { DbjobqError } from '../../model/errors.js'
import { decodeFailures } from '../../model/failure.js'
import { maxRowsPerCall, type JobRow } from '../../model/storage.js'
import { Loop } from '../loop.js'
import { nextTurn } from '../next-turn.js'
import type { Store } from '../store.js'

/** ms between looks: what other processes ended is seen within the longest. */
const shortestRest = 50
const longestRest = 1_000
/** Of jobs that have ended, with their results, in one read. */
const rowsPerRead = 100

interface Waiter {
  resolve: (row: JobRow) => void
  reject: (error: unknown) => void
}

/**
 * Those of this process who wait for the end of jobs. One loop reads for all of them: at once what this process ended or what is
 * newly waited for, and from time to time the statuses of all. While nobody waits there is no loop, timer or listener.
 */
export class Waiters {
  readonly #store: Store
  readonly #waiting = new Map<string, Set<Waiter>>()
  /** To be read at once. */
  readonly #hurried = new Set<string>()
  #loop: Loop | undefined
  #release: (() => void)[] = []
  #rest = shortestRest
  #nextLookAt = 0

  constructor(store: Store) {
    this.#store = store
  }

  /** The job once it has ended. */
  async wait(id: string, { timeout, signal }: { timeout: number | undefined; signal: AbortSignal | undefined }): Promise<JobRow> {
    signal?.throwIfAborted()
    let leave: () => void = () => undefined
    try {
      return await new Promise<JobRow>((resolve, reject) => {
        const waiter = { resolve, reject }
        // As fetch does: whatever the reason is.
        const abort = (): void => reject(signal?.reason as Error)
        const late = (): void => reject(new DbjobqError('WAIT_TIMEOUT', `Job ${id} had not ended after ${timeout} ms. It goes on.`))
        // Longer than a timer holds (24.8 days) it would fire at once.
        const timer = timeout === undefined || timeout > longestTimer ? undefined : setTimeout(late, timeout)
        signal?.addEventListener('abort', abort)
        leave = () => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', abort)
          this.#leave(id, waiter)
        }
        this.#join(id, waiter)
      })
    } finally {
      leave()
    }
  }

  #join(id: string, waiter: Waiter): void {
    this.#waiting.set(id, (this.#waiting.get(id) ?? new Set()).add(waiter))
    this.#rest = shortestRest
    this.#hurried.add(id)
    if (this.#loop) this.#loop.wake()
    else this.#begin()
  }

  #leave(id: string, waiter: Waiter): void {
    const waiters = this.#waiting.get(id)
    waiters?.delete(waiter)
    if (waiters?.size === 0) this.#waiting.delete(id)
    if (this.#waiting.size === 0) this.#end()
  }

  #begin(): void {
    const loop = new Loop(
      () => this.#turn(),
      (error) => this.#onTrouble(error),
    )
    this.#nextLookAt = performance.now() + this.#rest
    this.#loop = loop
    this.#release = [
      this.#store.hints.listenForEnds((id) => {
        if (!this.#waiting.has(id)) return
        this.#hurried.add(id)
        loop.wake()
      }),
      this.#store.beforeClose(() => {
        this.#rejectAll(new DbjobqError('QUEUE_CLOSED', 'The queue was closed while this job was waited for.'))
        return loop.stop()
      }),
    ]
    loop.start()
  }

  #end(): void {
    for (const release of this.#release.splice(0)) release()
    this.#hurried.clear()
    void this.#loop?.stop()
    this.#loop = undefined
  }

  async #turn(): Promise<number> {
    // Those who begin to wait together share a read.
    await new Promise<void>(nextTurn)
    const hurried = [...this.#hurried]
    this.#hurried.clear()
    await this.#read(hurried)
    if (performance.now() >= this.#nextLookAt) {
      await this.#look()
      this.#nextLookAt = performance.now() + this.#rest
      this.#rest = Math.min(this.#rest * 1.5, longestRest)
    }
    return this.#waiting.size === 0 ? Number.POSITIVE_INFINITY : Math.max(1, this.#nextLookAt - performance.now())
  }

  /** Summaries only: data and results of jobs that go on would be read again and again. */
  async #look(): Promise<void> {
    for (const ids of chunks([...this.#waiting.keys()], maxRowsPerCall)) {
      const rows = await this.#store.storage.findJobs({ ids }, { limit: ids.length, summary: true })
      const going = new Set(rows.filter(({ finishedAt }) => finishedAt === null).map(({ id }) => id))
      await this.#read(ids.filter((id) => !going.has(id)))
    }
  }

  async #read(all: string[]): Promise<void> {
    for (const ids of chunks(all, rowsPerRead)) {
      const rows = new Map((await this.#store.storage.findJobs({ ids }, { limit: ids.length })).map((row) => [row.id, row]))
      for (const id of ids) {
        const row = rows.get(id)
        for (const { resolve, reject } of this.#waiting.get(id) ?? []) {
          if (!row) reject(new DbjobqError('JOB_NOT_FOUND', `There is no job ${id}; it may have been deleted or pruned.`))
          else if (row.finishedAt !== null) resolve(row)
        }
      }
    }
  }

  /** What may pass is waited out, as long as each waiter wants; what does not is told. */
  #onTrouble(error: unknown): void {
    if ((error as { retryable?: unknown }).retryable !== true) this.#rejectAll(error)
  }

  #rejectAll(error: unknown): void {
    for (const waiters of this.#waiting.values()) for (const { reject } of waiters) reject(error)
  }
}

/** @throws DbjobqError `JOB_FAILED` with the last failure as its cause, `JOB_CANCELLED` */
export function resultOf(row: JobRow): unknown {
  if (row.status === 'completed') return row.result === null ? undefined : decode(row.result)
  if (row.status === 'cancelled') throw new DbjobqError('JOB_CANCELLED', `Job ${row.id} (${row.type}) was cancelled.`)
  const { name, message, stack, code } = decodeFailures(row.errors).at(-1) ?? { name: 'Error', message: 'no failure was kept' }
  const cause = Object.assign(new Error(message), { name, stack, ...(code === undefined ? {} : { code }) })
  throw new DbjobqError('JOB_FAILED', `Job ${row.id} (${row.type}) failed: ${message}`, { cause })
}

function* chunks<Item>(items: Item[], size: number): Generator<Item[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size)
}
