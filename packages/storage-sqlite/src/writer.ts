import { setTimeout as sleep } from 'node:timers/promises'
import { StorageError } from '@dbjobq/core/storage'
import type { Connection } from './connection.js'
import { toStorageError } from './errors.js'
import type { Turns } from './turns.js'

/** ms: pauses double from 1 up to this while another process or transaction holds the write lock. */
export const longestPause = 15
/** ms of work that share one commit. */
const longestTransaction = 4

interface Waiting {
  work: (connection: Connection) => unknown
  resolve: (answer: never) => void
  reject: (error: Error) => void
  /** `performance.now()` at which it gives up. */
  until: number
}

/**
 * Runs writes in transactions of their own. Those that are asked for at the same time share one commit, and so one fsync;
 * when one of them fails all are rolled back, it is rejected, and the others run again.
 */
export class Writer {
  readonly #connect: () => Connection
  readonly #turns: Turns
  readonly #callTimeout: number
  #waiting: Waiting[] = []
  #draining = false

  constructor(connect: () => Connection, turns: Turns, callTimeout: number) {
    this.#connect = connect
    this.#turns = turns
    this.#callTimeout = callTimeout
  }

  /** `work` may run several times; only the last run counts. */
  write<T>(work: (connection: Connection) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject, until: performance.now() + this.#callTimeout })
      if (!this.#draining) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#draining = true
    for (let bound = 1; this.#waiting.length > 0;) {
      const contention = await this.#turns.take(() => this.#commitSome())
      if (contention) {
        const pause = Math.random() * bound
        bound = Math.min(bound * 2, longestPause)
        this.#giveUp(performance.now() + pause, contention)
        await sleep(pause)
      } else bound = 1
    }
    this.#draining = false
  }

  /** Answers the error when the lock was not to be had; all are still waiting then. */
  #commitSome(): Error | undefined {
    const batch: Waiting[] = []
    const answers: unknown[] = []
    let connection: Connection | undefined
    try {
      connection = this.#connect()
      connection.begin()
      const end = performance.now() + longestTransaction
      for (const next of this.#waiting) {
        batch.push(next)
        answers.push(next.work(connection))
        if (performance.now() >= end) break
      }
      connection.commit()
    } catch (error) {
      connection?.rollback()
      const failure = toStorageError(error)
      if (StorageError.isInstance(failure, 'CONTENTION')) return failure
      const guilty = Math.max(batch.length - 1, 0)
      this.#waiting.splice(guilty, 1)[0]?.reject(failure)
      return undefined
    }
    this.#waiting.splice(0, batch.length)
    batch.forEach(({ resolve }, index) => resolve(answers[index] as never))
    return undefined
  }

  #giveUp(now: number, contention: Error): void {
    const overdue = this.#waiting.filter(({ until }) => until < now)
    this.#waiting = this.#waiting.filter(({ until }) => until >= now)
    for (const { reject } of overdue) reject(contention)
  }
}
