import { setTimeout as pause } from 'node:timers/promises'
import { encode } from '../../model/codec.js'
import { anything, checkOptions } from '../../model/check.js'
import { DbjobqError, StorageError } from '../../model/errors.js'
import { settle } from '../../model/outcome.js'
import type { NewJob, SettleAnswer, Settlement } from '../../model/storage.js'
import type { Store } from '../store.js'
import type { HeldJob } from './held-job.js'

/** Between two reads of whether it was committed, while the database cannot be used, ms: doubles from 100 to this. */
const longestPause = 5_000

/** The completion that a handler wrote in its own transaction. Whether that commits is the handler's business, so the job is read again afterwards. */
export class Completion {
  readonly #held: HeldJob
  readonly #store: Store
  /** What `ctx.enqueue` gathered. */
  readonly #followUps: NewJob[]
  #settlement: Settlement | undefined
  #isWriting = false

  constructor(held: HeldJob, store: Store, followUps: NewJob[]) {
    this.#held = held
    this.#store = store
    this.#followUps = followUps
  }

  /** As it was written, if it was. */
  get settlement(): Settlement | undefined {
    return this.#settlement
  }

  /** The transaction may hold the row of the job by now: writing it from elsewhere would wait for that. */
  refuseAfter(what: string): void {
    if (!this.#held.isCompleting) return
    const help = 'Do it before, or with queue.enqueue(..., { tx }).'
    throw new DbjobqError('JOB_STATE', `${what} comes after the completion of job ${this.#held.row.id}. ${help}`)
  }

  async complete<Result>(result: Result, options: { tx: unknown }): Promise<Result> {
    const { tx } = checkTx('ctx.complete', options)
    const settlement = this.#prepare(result)
    this.#isWriting = true
    this.#held.isCompleting = true
    try {
      if (this.#settlement && !(await this.#wasRolledBack(tx))) throw twice(this.#held)
      const [answer] = await this.#store.storage.settleJobs([settlement], { tx })
      this.#accept(answer, settlement)
    } finally {
      this.#isWriting = false
      this.#held.isCompleting = this.#settlement !== undefined
    }
    return result
  }

  completeSync<Result>(result: Result, options: { tx: unknown }): Result {
    const { tx } = checkTx('ctx.completeSync', options)
    const { sync } = this.#store.storage
    if (!sync) throw unsupported('ctx.completeSync', 'synchronous transactions. Use ctx.complete.')
    const settlement = this.#prepare(result)
    if (this.#settlement) throw twice(this.#held)
    const [answer] = sync.settleJobs([settlement], { tx })
    this.#accept(answer, settlement)
    return result
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- only the user knows what the storage hands out, and annotates `tx` with it
  async transaction<Tx, Result>(work: (tx: Tx) => Result | Promise<Result>): Promise<Result> {
    if (typeof work !== 'function') throw new DbjobqError('INVALID_OPTION', 'ctx.transaction takes the work as a function.')
    const { storage } = this.#store
    if (!storage.transaction) throw unsupported('ctx.transaction', 'transactions. Return the result instead; the job may run twice then.')
    this.#held.isInTransaction = true
    try {
      return await storage.transaction(async (tx) => this.complete(await work(tx as Tx), { tx }))
    } finally {
      this.#held.isInTransaction = false
    }
  }

  /** Whether the transaction committed; `unknown` when the worker cannot wait for the database any longer. */
  async confirm(): Promise<'committed' | 'rolled back' | 'lost' | 'unknown'> {
    for (let rest = 100; ; rest = Math.min(rest * 2, longestPause)) {
      try {
        return await this.#read()
      } catch {
        // The loops of the worker meet the same database and tell.
        if (this.#held.mustEnd) return 'unknown'
        await pause(rest, undefined, { ref: false })
      }
    }
  }

  async #read(): Promise<'committed' | 'rolled back' | 'lost'> {
    const { id, claimId } = this.#held.row
    const [row] = await this.#store.storage.findJobs({ ids: [id] }, { limit: 1, summary: true })
    // Only a job that has ended can be gone.
    if (!row || (row.claimId === claimId && row.status === 'completed')) return 'committed'
    return row.claimId === claimId && row.status === 'running' ? 'rolled back' : 'lost'
  }

  #prepare(result: unknown): Settlement {
    const { row, reason, isLost, state } = this.#held
    if (isLost && reason) throw reason
    // Given up after its signal was aborted: it is settled without this handler.
    if (state !== 'running') throw lost(row.id)
    if (this.#isWriting) throw twice(this.#held)
    const text = result === undefined ? null : encode(result, `the result of ${row.type}`)
    return settle(row, { kind: 'completed', result: text, followUps: [...this.#followUps] }, this.#store.clock.now()).settlement
  }

  #accept(answer: SettleAnswer | undefined, settlement: Settlement): void {
    if (answer !== 'settled') {
      const error = lost(this.#held.row.id)
      this.#held.abort(error)
      throw error
    }
    this.#settlement = settlement
    this.#held.isCompleting = true
  }

  /** Drivers and users repeat a transaction that met a conflict. Within `tx` the job is running again only if the one before is undone. */
  async #wasRolledBack(tx: never): Promise<boolean> {
    const { id, startedAt } = this.#held.row
    const [answer] = await this.#store.storage.updateJobs([{ id, from: ['running'], set: { startedAt } }], { tx })
    return answer === 'updated'
  }
}

/** A worker does not know which transactions its store takes: the storage checks them. */
function checkTx(where: string, options: { tx: unknown }): { tx: never } {
  checkOptions(where, options, { tx: anything })
  if (options.tx === undefined || options.tx === null) {
    throw new DbjobqError('INVALID_OPTION', `${where} takes { tx }, your open transaction. Without one, return the result.`)
  }
  return options as { tx: never }
}

function twice({ row }: HeldJob): DbjobqError {
  return new DbjobqError('JOB_STATE', `Job ${row.id} was completed by this run before. Call ctx.complete once.`)
}

function lost(id: string): DbjobqError {
  return new DbjobqError('LEASE_LOST', `This worker no longer holds job ${id}; another runs it, or it has ended. Roll back.`)
}

function unsupported(what: string, missing: string): StorageError {
  return new StorageError('UNSUPPORTED', `${what}: this store has no ${missing}`, { retryable: false, applied: 'no' })
}
