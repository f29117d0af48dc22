import type * as c from '@dbjobq/core/storage'
import { checkNotTooNew, migrate, type MigrationStep, type Source } from '@dbjobq/storage-sql'
import type { Knex } from 'knex'
import { Calls } from './calls.js'
import { claimJobs } from './claim-jobs.js'
import { deleteJobs, pruneJobs } from './delete-jobs.js'
import * as find from './find.js'
import { heartbeat } from './heartbeat.js'
import { insertJobs } from './insert-jobs.js'
import { LowWater } from './low-water.js'
import { markJobs } from './mark-jobs.js'
import { migrationSteps, nowInMilliseconds } from './migrations.js'
import { migratorOn, readVersion } from './migrator.js'
import { toSettings, type MysqlStorageOptions } from './options.js'
import { promoteJobs } from './promote-jobs.js'
import { putQueue } from './put-queue.js'
import { putState } from './put-state.js'
import type { Session } from './session.js'
import { settleJobs } from './settle-jobs.js'
import { tablesOf, type Tables } from './tables.js'
import type { MysqlTransaction } from './transaction.js'
import { updateJobs } from './update-jobs.js'
import { PulseWakeups } from './wakeups.js'

interface TxOption {
  tx?: MysqlTransaction
}

/** MySQL from 8.0.11 and MariaDB from 10.6 on, through mysql2. */
export class MysqlStorage implements c.JobStorage<MysqlTransaction> {
  readonly contractVersion = 1
  readonly wakeups: c.Wakeups
  readonly #calls: Calls
  readonly #tables: Tables
  readonly #source: Source
  readonly #steps: MigrationStep[]
  readonly #callTimeout: number
  readonly #lowWater = new LowWater()
  readonly #pulses: PulseWakeups

  /**
   * Connects at the first call.
   * @throws DbjobqError INVALID_OPTION
   */
  constructor(urlOrOptions: string | MysqlStorageOptions) {
    const { knex, own, database, prefix, callTimeout } = toSettings(urlOrOptions)
    this.#calls = new Calls(knex, own, callTimeout)
    this.#tables = tablesOf(prefix, database)
    this.#source = { knex, tables: this.#tables.plain }
    this.#steps = migrationSteps(this.#tables.plain)
    this.#callTimeout = callTimeout
    this.wakeups = this.#pulses = new PulseWakeups(this.#calls, this.#tables)
  }

  describe(): Promise<c.StorageInfo> {
    return this.#calls.run(async (session, { name: server }) => {
      const wanted = this.#steps.length
      const found = checkNotTooNew(await readVersion(session, this.#tables), wanted)
      return { name: 'mysql', server, transactions: true, schema: { found, wanted } }
    })
  }

  migrate(options?: { to?: number; dryRun?: boolean }): Promise<c.Migration[]> {
    return this.#calls.runLong((session) => migrate(this.#steps, migratorOn(session, this.#tables, this.#callTimeout), options))
  }

  close(): Promise<void> {
    this.#pulses.close()
    return this.#calls.close()
  }

  serverTime(): Promise<number> {
    return this.#calls.run(async (session) => {
      const [row] = await session.read(`select ${nowInMilliseconds} as now`, [])
      return Number(row?.now)
    })
  }

  insertJobs(jobs: c.NewJob[], { tx }: TxOption = {}): Promise<c.InsertAnswer[]> {
    return this.#run(tx, (session) => insertJobs(session, this.#tables, jobs))
  }

  promoteJobs(request: { now: number; limit: number }): Promise<{ queues: string[]; more: boolean; nextRunAt: number | null }> {
    return this.#calls.run((session) => promoteJobs(session, this.#tables, request))
  }

  claimJobs(request: c.ClaimRequest): Promise<{ jobs: c.JobRow[]; more: boolean }> {
    return this.#calls.run((session) => claimJobs(session, this.#tables, this.#lowWater, request))
  }

  settleJobs(settlements: c.Settlement[], { tx }: TxOption = {}): Promise<c.SettleAnswer[]> {
    return this.#run(tx, (session) => settleJobs(session, this.#tables, settlements))
  }

  markJobs(marks: c.Mark[]): Promise<boolean[]> {
    return this.#calls.run((session) => markJobs(session, this.#tables, marks))
  }

  updateJobs(updates: c.JobUpdate[], { tx }: TxOption = {}): Promise<c.UpdateAnswer[]> {
    return this.#run(tx, (session) => updateJobs(session, this.#tables, updates))
  }

  deleteJobs(ids: string[], { from, tx }: TxOption & { from?: c.JobStatus[] } = {}): Promise<string[]> {
    return this.#run(tx, (session) => deleteJobs(session, this.#tables, ids, from))
  }

  pruneJobs(request: { now: number; limit: number }): Promise<number> {
    return this.#calls.run((session) => pruneJobs(session, this.#tables, request))
  }

  findJobs(filter: c.JobFilter, page: c.Page): Promise<c.JobRow[]> {
    return this.#calls.run((session) => find.findJobs(session, this.#source, filter, page))
  }

  countJobs(
    by: c.CountDimension[],
    request: { filter?: c.JobFilter; scanLimit: number },
  ): Promise<{ counts: c.Count[]; complete: boolean }> {
    return this.#calls.run((session) => find.countJobs(session, this.#source, by, request))
  }

  heartbeat(beat: c.Heartbeat): Promise<c.HeartbeatAnswer> {
    return this.#calls.run((session) => heartbeat(session, this.#tables, beat))
  }

  findWorkers(): Promise<c.WorkerRow[]> {
    return this.#calls.run((session) => find.findWorkers(session, this.#source))
  }

  findOrphans(request: { now: number; limit: number; after?: string }): Promise<c.JobRow[]> {
    return this.#calls.run((session) => find.findOrphans(session, this.#source, request))
  }

  findQueues(): Promise<c.QueueRow[]> {
    return this.#calls.run((session) => find.findQueues(session, this.#source))
  }

  putQueue(queue: c.QueueRow): Promise<void> {
    return this.#calls.run((session) => putQueue(session, this.#tables, queue))
  }

  findStates(filter: { kind: string; ids?: string[]; dueBefore?: number }, page: { limit: number; after?: string }): Promise<c.State[]> {
    return this.#calls.run((session) => find.findStates(session, this.#source, filter, page))
  }

  putState(state: c.NewState, expected: number | null, jobs: c.NewJob[] = []): Promise<boolean> {
    return this.#calls.run((session) => putState(session, this.#tables, state, expected, jobs))
  }

  /** `work` gets a Knex transaction at READ COMMITTED. What it rejects with passes untouched. */
  transaction<T>(work: (tx: Knex.Transaction) => Promise<T>): Promise<T> {
    return this.#calls.transaction(work)
  }

  #run<T>(tx: MysqlTransaction | undefined, work: (session: Session) => Promise<T>): Promise<T> {
    return tx === undefined ? this.#calls.run(work) : this.#calls.runIn(tx, work)
  }
}
