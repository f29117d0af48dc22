import { randomUUID } from 'node:crypto'
import type * as contract from '@dbjobq/core/storage'
import type { ClientSession } from 'mongodb'
import { insertJobs } from './batch.js'
import type { Attempt, Scope } from './call.js'
import { Claimer } from './claim.js'
import { Connection } from './connection.js'
import { countJobs } from './count.js'
import { toStorageError } from './errors.js'
import { findJobs } from './find.js'
import { hasHints } from './hints.js'
import { insertJobsWithin } from './insert.js'
import { markJobs } from './mark.js'
import { checkMigrateOptions, findKnownSchema, migrate } from './migrate.js'
import { toTarget, type MongoStorageOptions } from './options.js'
import { promoteJobs, type Promotion } from './promote.js'
import { findQueues, putQueue } from './queues.js'
import { deleteJobs, deleteJobsWithin, pruneJobs } from './remove.js'
import { settleJobs, settleJobsWithin } from './settle.js'
import { findStates, putState } from './states.js'
import type { Store } from './store.js'
import { runTransaction, sessionOf } from './transaction.js'
import { updateJobs, updateJobsWithin } from './update.js'
import { CappedWakeups } from './wakeups.js'
import { findOrphans, findWorkers, heartbeat } from './workers.js'

/**
 * Jobs in MongoDB, standalone or replica set. `tx` is a `ClientSession` with an open transaction, of the same `MongoClient`.
 * On a standalone there are no transactions: `tx` is refused with UNSUPPORTED.
 */
export class MongoStorage implements contract.JobStorage<ClientSession> {
  readonly contractVersion = 1
  /** Gone once the server is known to be a standalone, from `describe()` on; rejects with UNSUPPORTED on one before that. */
  transaction?: <T>(work: (tx: ClientSession) => Promise<T>) => Promise<T>
  /** Gone where the server has no capped collections, from `describe()` after `migrate()` on; and with a pool of one connection, which it would hold. */
  wakeups?: contract.Wakeups
  readonly #connection: Connection
  readonly #hints: CappedWakeups
  readonly #claimer = new Claimer()

  /**
   * Connects with the first call.
   * @throws DbjobqError INVALID_OPTION
   */
  constructor(urlOrOptions: string | MongoStorageOptions) {
    this.#connection = new Connection(toTarget(urlOrOptions))
    this.#hints = new CappedWakeups(this.#connection)
    if (this.#connection.store.client.options.maxPoolSize !== 1) this.wakeups = this.#hints
    this.transaction = (work) => this.#runTransaction(work)
  }

  async describe(): Promise<contract.StorageInfo> {
    return this.#connection.call(
      async (store, { scope }) => {
        const { version } = await store.database.command({ buildInfo: 1 })
        const schema = await findKnownSchema(store, scope)
        if (!store.transactions) delete this.transaction
        if (schema.found > 0 && !(await hasHints(store))) delete this.wakeups
        return { name: 'mongo', server: `MongoDB ${String(version)}`, transactions: store.transactions, schema }
      },
      { writes: false },
    )
  }

  async migrate(options: { to?: number; dryRun?: boolean } = {}): Promise<contract.Migration[]> {
    checkMigrateOptions(options, this.#connection.store)
    try {
      return await this.#connection.call((store, { scope }) => migrate(store, scope, options), {
        writes: options.dryRun !== true,
        isLong: true,
      })
    } finally {
      this.#connection.forgetSchema()
    }
  }

  async close(): Promise<void> {
    await this.#hints.close()
    await this.#connection.close()
  }

  async serverTime(): Promise<number> {
    return this.#read(async (store) => {
      const { localTime } = await store.database.command({ hello: 1 })
      return (localTime as Date).getTime()
    })
  }

  async insertJobs(jobs: contract.NewJob[], { tx }: { tx?: ClientSession } = {}): Promise<contract.InsertAnswer[]> {
    if (tx !== undefined) return this.#within(tx, (store, session) => insertJobsWithin(store, { session }, jobs))
    return this.#write((store, attempt) => insertJobs(store, attempt, jobs))
  }

  async promoteJobs(request: { now: number; limit: number }): Promise<Promotion> {
    const sent = new Set<string>()
    return this.#write((store, attempt) => promoteJobs(store, attempt, request, sent))
  }

  async claimJobs(request: contract.ClaimRequest): Promise<{ jobs: contract.JobRow[]; more: boolean }> {
    const sent: Parameters<Claimer['claimJobs']>[3] = new Map()
    return this.#write((store, attempt) => this.#claimer.claimJobs(store, attempt, request, sent))
  }

  async settleJobs(settlements: contract.Settlement[], { tx }: { tx?: ClientSession } = {}): Promise<contract.SettleAnswer[]> {
    if (tx !== undefined) return this.#within(tx, (store, session) => settleJobsWithin(store, { session }, randomUUID(), settlements))
    return this.#write((store, attempt) => settleJobs(store, attempt, settlements))
  }

  async markJobs(marks: contract.Mark[]): Promise<boolean[]> {
    return this.#write((store, attempt) => markJobs(store, attempt, marks))
  }

  async updateJobs(updates: contract.JobUpdate[], { tx }: { tx?: ClientSession } = {}): Promise<contract.UpdateAnswer[]> {
    if (tx !== undefined) return this.#within(tx, (store, session) => updateJobsWithin(store, session, updates))
    return this.#write((store, attempt) => updateJobs(store, attempt, updates))
  }

  async deleteJobs(ids: string[], { from, tx }: { from?: contract.JobStatus[]; tx?: ClientSession } = {}): Promise<string[]> {
    if (tx !== undefined) return this.#within(tx, (store, session) => deleteJobsWithin(store, session, { ids, from }))
    const seen = new Set<string>()
    return this.#write((store, attempt) => deleteJobs(store, attempt, { ids, from }, seen))
  }

  async pruneJobs(request: { now: number; limit: number }): Promise<number> {
    return this.#write((store, attempt) => pruneJobs(store, attempt, request))
  }

  async findJobs(filter: contract.JobFilter, page: contract.Page): Promise<contract.JobRow[]> {
    return this.#read((store, scope) => findJobs(store, scope, filter, page))
  }

  async countJobs(
    by: contract.CountDimension[],
    request: { filter?: contract.JobFilter; scanLimit: number },
  ): Promise<{ counts: contract.Count[]; complete: boolean }> {
    return this.#read((store, scope) => countJobs(store, scope, by, request))
  }

  async heartbeat(beat: contract.Heartbeat): Promise<contract.HeartbeatAnswer> {
    return this.#write((store, attempt) => heartbeat(store, attempt, beat))
  }

  async findWorkers(): Promise<contract.WorkerRow[]> {
    return this.#read(findWorkers)
  }

  async findOrphans(request: { now: number; limit: number; after?: string }): Promise<contract.JobRow[]> {
    return this.#read((store, scope) => findOrphans(store, scope, request))
  }

  async findQueues(): Promise<contract.QueueRow[]> {
    return this.#read(findQueues)
  }

  async putQueue(queue: contract.QueueRow): Promise<void> {
    return this.#write((store, { scope }) => putQueue(store, scope, queue))
  }

  async findStates(
    filter: { kind: string; ids?: string[]; dueBefore?: number },
    page: { limit: number; after?: string },
  ): Promise<contract.State[]> {
    return this.#read((store, scope) => findStates(store, scope, filter, page))
  }

  async putState(state: contract.NewState, expected: number | null, jobs: contract.NewJob[] = []): Promise<boolean> {
    return this.#write((store, attempt) => putState(store, attempt, state, expected, jobs))
  }

  async #read<T>(work: (store: Store, scope: Scope) => Promise<T>): Promise<T> {
    return this.#connection.use((store, { scope }) => work(store, scope), { writes: false })
  }

  async #write<T>(work: (store: Store, attempt: Attempt) => Promise<T>): Promise<T> {
    return this.#connection.use(work, { writes: true })
  }

  /** In the transaction of the caller: nothing is repeated, and errors of the driver pass as they are. */
  async #within<T>(tx: unknown, work: (store: Store, session: ClientSession) => Promise<T>): Promise<T> {
    const store = await this.#connection.prepare()
    return work(store, sessionOf(store, tx))
  }

  async #runTransaction<T>(work: (tx: ClientSession) => Promise<T>): Promise<T> {
    const store = await this.#connection.prepare()
    let failedWork: { error: unknown } | undefined
    try {
      return await runTransaction(store, async (session) => {
        try {
          return await work(session)
        } catch (error) {
          failedWork = { error }
          throw error
        }
      })
    } catch (error) {
      throw failedWork ? failedWork.error : toStorageError(error)
    }
  }
}
