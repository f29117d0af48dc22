import type * as c from '@dbjobq/core/storage'
import { StorageError } from '@dbjobq/core/storage'
import * as sql from '@dbjobq/storage-sql'
import type { Connection } from './connection.js'
import { CurrentConnection } from './current-connection.js'
import { typed } from './errors.js'
import { migrationSteps, newestVersion, readVersion } from './migrations.js'
import { checkOptions, type CheckedOptions, type SqliteOptions } from './options.js'
import { canClaim, claimJobs } from './statements/claim.js'
import { insertJobs } from './statements/insert.js'
import { nextDue, promoteJobs } from './statements/promote.js'
import { canPrune, deleteJobs, pruneJobs } from './statements/remove.js'
import { settleJobs } from './statements/settle.js'
import { putQueue, putState } from './statements/states.js'
import { markJobs, updateJobs } from './statements/update.js'
import { heartbeat } from './statements/workers.js'
import { CallerTransactions, type SqliteDatabase, type SqliteTransaction } from './transaction.js'
import { Turns } from './turns.js'
import { FileWakeups } from './wakeups.js'
import { longestPause, Writer } from './writer.js'

interface WithTransaction {
  tx?: SqliteTransaction
}

/**
 * Jobs in an SQLite file, shared by any number of processes on one machine.
 * @throws DbjobqError INVALID_OPTION
 */
export class SqliteStorage implements c.JobStorage<SqliteTransaction> {
  readonly contractVersion = 1
  readonly #options: CheckedOptions
  readonly #turns = new Turns()
  readonly #writer: Writer
  readonly #callers: CallerTransactions
  readonly wakeups: FileWakeups
  readonly #source: sql.Source
  readonly #current: CurrentConnection

  /** A path, or options. Opens nothing yet: the first call does. */
  constructor(filenameOrOptions: string | SqliteOptions) {
    const options = checkOptions(filenameOrOptions)
    this.#options = options
    this.#current = new CurrentConnection(options)
    this.#writer = new Writer(() => this.#current.get(), this.#turns, options.callTimeout)
    this.#callers = new CallerTransactions(options.filename, options.tables)
    const version = () => this.#current.version()
    this.wakeups = new FileWakeups({ filename: options.filename, version: () => this.#read(() => version) })
    this.#source = { knex: sql.knex({ client: 'better-sqlite3', useNullAsDefault: true }), tables: options.tables }
  }

  async describe(): Promise<c.StorageInfo> {
    const read = await this.#read((connection) => ({
      found: readVersion(connection),
      sqlite: connection.prepare<{ version: string }>('select sqlite_version() as version').get()?.version ?? '',
    }))
    const found = sql.checkNotTooNew(read.found, newestVersion)
    return { name: 'sqlite', server: `SQLite ${read.sqlite}`, transactions: true, schema: { found, wanted: newestVersion } }
  }

  migrate(options?: { to?: number; dryRun?: boolean }): Promise<c.Migration[]> {
    const locked: sql.Migrator['locked'] = (work) =>
      this.#ownTransaction((connection) =>
        work({
          readVersion: () => typed(() => readVersion(connection)),
          run: (statements) => typed(() => connection.run(statements)),
        }),
      )
    return sql.migrate(migrationSteps(this.#options.tables), { readVersion: () => this.#read(readVersion), locked }, options)
  }

  close(): Promise<void> {
    this.wakeups.close()
    this.#current.close()
    return Promise.resolve()
  }

  async serverTime(): Promise<number> {
    const text = `select cast(round(unixepoch('subsec') * 1000) as integer) as now`
    return this.#read((connection) => connection.prepare<{ now: number }>(text).get()?.now ?? Number.NaN)
  }

  insertJobs(jobs: c.NewJob[], options?: WithTransaction): Promise<c.InsertAnswer[]> {
    return this.#writeIn(options, (connection) => insertJobs(connection, jobs))
  }

  async promoteJobs(request: { now: number; limit: number }): Promise<{ queues: string[]; more: boolean; nextRunAt: number | null }> {
    const next = await this.#read((connection) => nextDue(connection, request.now))
    return next.more ? this.#writer.write((connection) => promoteJobs(connection, request)) : next
  }

  async claimJobs(request: c.ClaimRequest): Promise<{ jobs: c.JobRow[]; more: boolean }> {
    if (!(await this.#read((connection) => canClaim(connection, request)))) return { jobs: [], more: false }
    return this.#writer.write((connection) => claimJobs(connection, request))
  }

  settleJobs(settlements: c.Settlement[], options?: WithTransaction): Promise<c.SettleAnswer[]> {
    return this.#writeIn(options, (connection) => settleJobs(connection, settlements))
  }

  markJobs(marks: c.Mark[]): Promise<boolean[]> {
    return this.#writer.write((connection) => markJobs(connection, marks))
  }

  updateJobs(updates: c.JobUpdate[], options?: WithTransaction): Promise<c.UpdateAnswer[]> {
    return this.#writeIn(options, (connection) => updateJobs(connection, updates))
  }

  deleteJobs(ids: string[], options?: WithTransaction & { from?: c.JobStatus[] }): Promise<string[]> {
    return this.#writeIn(options, (connection) => deleteJobs(connection, ids, options?.from))
  }

  async pruneJobs(request: { now: number; limit: number }): Promise<number> {
    if (!(await this.#read((connection) => canPrune(connection, request.now)))) return 0
    return this.#writer.write((connection) => pruneJobs(connection, request))
  }

  async findJobs(filter: c.JobFilter, page: c.Page): Promise<c.JobRow[]> {
    return (await this.#find(sql.findJobs(this.#source, filter, page))).map(sql.toJobRow)
  }

  async countJobs(
    by: c.CountDimension[],
    { filter = {}, scanLimit }: { filter?: c.JobFilter; scanLimit: number },
  ): Promise<{ counts: c.Count[]; complete: boolean }> {
    return sql.toCounts(await this.#find(sql.countJobs(this.#source, by, filter, scanLimit)), by, scanLimit)
  }

  heartbeat(beat: c.Heartbeat): Promise<c.HeartbeatAnswer> {
    return this.#writer.write((connection) => heartbeat(connection, beat))
  }

  async findWorkers(): Promise<c.WorkerRow[]> {
    return (await this.#find(sql.findWorkers(this.#source))).map(sql.toWorkerRow)
  }

  async findOrphans(request: { now: number; limit: number; after?: string }): Promise<c.JobRow[]> {
    return (await this.#find(sql.findOrphans(this.#source, request))).map(sql.toJobRow)
  }

  async findQueues(): Promise<c.QueueRow[]> {
    return (await this.#find(sql.findQueues(this.#source))).map(sql.toQueueRow)
  }

  putQueue(queue: c.QueueRow): Promise<void> {
    return this.#writer.write((connection) => putQueue(connection, queue))
  }

  async findStates(
    filter: { kind: string; ids?: string[]; dueBefore?: number },
    page: { limit: number; after?: string },
  ): Promise<c.State[]> {
    return (await this.#find(sql.findStates(this.#source, filter, page))).map(sql.toState)
  }

  putState(state: c.NewState, expected: number | null, jobs: c.NewJob[] = []): Promise<boolean> {
    return this.#writer.write((connection) => putState(connection, state, expected, jobs))
  }

  /**
   * `work` gets a connection of its own that holds the write lock of the file: keep it short, and give `tx` to every call within.
   * A write without `tx` waits for the end of `work`; awaited within it, it rejects with CONTENTION after `callTimeout`.
   */
  transaction<T>(work: (tx: SqliteDatabase) => Promise<T>): Promise<T> {
    return this.#ownTransaction((connection) => {
      // Errors of calls with `tx` pass untouched, so this one is told before them.
      if (typed(() => readVersion(connection)) === 0) throw sql.schemaOutdated()
      return work(connection.database)
    })
  }

  /** Within `database.transaction(() => …)`, whose function cannot wait. `tx` is the better-sqlite3 database. */
  readonly sync = {
    insertJobs: (jobs: c.NewJob[], { tx }: { tx: SqliteTransaction }): c.InsertAnswer[] => insertJobs(this.#connectionIn(tx), jobs),
    settleJobs: (settlements: c.Settlement[], { tx }: { tx: SqliteTransaction }): c.SettleAnswer[] =>
      settleJobs(this.#connectionIn(tx), settlements),
  }

  /** Never within a transaction of `Writer`, which ends in the turn in which it begins. */
  #read<T>(work: (connection: Connection) => T): Promise<T> {
    const { callTimeout: timeout } = this.#options
    return sql.withRetry(() => this.#turns.take(() => typed(() => work(this.#current.get()))), { timeout, longestPause })
  }

  #find(query: ReturnType<typeof sql.findJobs>): Promise<sql.RawRow[]> {
    const { sql: text, bindings } = query.toSQL().toNative()
    return this.#read(({ database }) => database.prepare(text).all(bindings) as sql.RawRow[])
  }

  /** In the caller's transaction nothing is begun, retried or translated. */
  async #writeIn<T>(options: WithTransaction | undefined, work: (connection: Connection) => T): Promise<T> {
    if (options?.tx === undefined) return this.#writer.write(work)
    this.#current.refuseClosed()
    return work(await this.#callers.connectionOf(options.tx))
  }

  #connectionIn(tx: SqliteTransaction): Connection {
    this.#current.refuseClosed()
    return this.#callers.connectionOfDatabase(tx)
  }

  async #ownTransaction<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await this.#begin()
    try {
      const answer = await work(connection)
      if (!connection.database.inTransaction) throw endedWithin()
      typed(() => connection.commit())
      return answer
    } finally {
      connection.close()
    }
  }

  #begin(): Promise<Connection> {
    const open = () => {
      const connection = this.#current.openAnother()
      try {
        connection.begin()
        return connection
      } catch (error) {
        connection.close()
        throw error
      }
    }
    return sql.withRetry(() => this.#turns.take(() => typed(open)), { timeout: this.#options.callTimeout, longestPause })
  }
}

function endedWithin(): StorageError {
  const message = 'The transaction was committed or rolled back within work, or by SQLite after an error that work swallowed.'
  return new StorageError('INVALID_TX', message, { retryable: false, applied: 'unknown' })
}
