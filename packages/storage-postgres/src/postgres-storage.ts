import type * as c from '@dbjobq/core/storage'
import { StorageError } from '@dbjobq/core/storage'
import * as sql from '@dbjobq/storage-sql'
import type { Knex } from 'knex'
import { sourceOf } from './builders.js'
import { channelOf } from './channel.js'
import { Connections } from './connections.js'
import { Listener } from './listener.js'
import { isMigrated, isSchemaThere, migrationSteps, newestVersion, readVersion } from './migrations.js'
import { sqlNames, type SqlNames } from './names.js'
import { checkOptions, type CheckedOptions, type PostgresOptions } from './options.js'
import { prepared, Session } from './session.js'
import { claimFrom } from './statements/claim.js'
import { insertInto, isOneStatement } from './statements/insert.js'
import { markIn } from './statements/mark.js'
import { promoteIn } from './statements/promote.js'
import { deleteJobs, pruneFrom } from './statements/remove.js'
import { settleIn } from './statements/settle.js'
import { putQueue, putState } from './statements/states.js'
import { asksForKey, runsOf, updateJobs } from './statements/update.js'
import { heartbeat } from './statements/workers.js'
import { clientOf, type PostgresTransaction } from './transaction.js'

interface WithTransaction {
  tx?: PostgresTransaction
}

const oldestServer = 130_000

/**
 * Jobs in a PostgreSQL database, 13 or newer.
 * @throws DbjobqError INVALID_OPTION
 */
export class PostgresStorage implements c.JobStorage<PostgresTransaction> {
  readonly contractVersion = 1
  /** Not there with `listen: false`, and with a Knex that does not say where it connects. */
  readonly wakeups?: c.Wakeups
  readonly #listener: Listener | undefined
  readonly #options: CheckedOptions
  readonly #names: SqlNames
  readonly #connections: Connections
  readonly #source: sql.Source
  readonly #statements
  /** Seen once; asked for transactions only. */
  #migrated = false

  /** A url, or options. Opens nothing yet: the first call does. */
  constructor(urlOrOptions: string | PostgresOptions) {
    const options = checkOptions(urlOrOptions)
    const names = sqlNames(options.schema, options.tables)
    this.#options = options
    this.#names = names
    this.#connections = new Connections(options)
    this.#source = sourceOf(names, options.tables)
    this.#listener = options.listeningClient && this.#listenerOn(channelOf(names), options.listeningClient)
    if (this.#listener) this.wakeups = this.#listener
    this.#statements = {
      insert: insertInto(names),
      promote: promoteIn(names),
      claim: claimFrom(names),
      settle: settleIn(names),
      mark: markIn(names),
      prune: pruneFrom(names),
    }
  }

  async describe(): Promise<c.StorageInfo> {
    const text = `select current_setting('server_version') as version, current_setting('server_version_num')::integer as number`
    const { server, found } = await this.#connections.run(async (session) => {
      const { rows } = await session.query({ text })
      return { server: rows[0] ?? {}, found: await readVersion(session, this.#names) }
    })
    const [version = ''] = String(server.version).split(' ')
    if (Number(server.number) < oldestServer) throw tooOld(version)
    sql.checkNotTooNew(found, newestVersion)
    return { name: 'postgres', server: `PostgreSQL ${version}`, transactions: true, schema: { found, wanted: newestVersion } }
  }

  migrate(options?: { to?: number; dryRun?: boolean }): Promise<c.Migration[]> {
    const { schema, tables } = this.#options
    const [createSchema] = migrationSteps(schema, tables)[0]?.up ?? []
    const locked: sql.Migrator['locked'] = (work) =>
      this.#connections.runLongInTransaction(async (session) => {
        // Whoever migrates is waited for as long as any call; what is migrated here takes as long as it takes.
        await session.query({ text: `select set_config('lock_timeout', $1, true)` }, [String(this.#options.callTimeout)])
        await session.query({ text: 'select pg_advisory_xact_lock(hashtextextended($1, 0))' }, [this.#names.migrations])
        await session.query({ text: 'set local lock_timeout to default' })
        await work({
          readVersion: () => readVersion(session, this.#names),
          run: async (statements) => {
            for (const text of statements) {
              if (schema !== 'public' && text === createSchema && (await isSchemaThere(session, schema))) continue
              await session.query({ text })
            }
          },
        })
      })
    const readAnywhere = () => this.#connections.run((session) => readVersion(session, this.#names))
    return sql.migrate(migrationSteps(schema, tables), { readVersion: readAnywhere, locked }, options)
  }

  close(): Promise<void> {
    return Promise.all([this.#listener?.close(), this.#connections.close()]).then(() => undefined)
  }

  async serverTime(): Promise<number> {
    const [row] = await this.#read({ text: 'select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now', values: [] })
    return Number(row?.now)
  }

  insertJobs(jobs: c.NewJob[], options?: WithTransaction): Promise<c.InsertAnswer[]> {
    return this.#writeIn(options, isOneStatement(jobs), (session) => this.#statements.insert(session, jobs))
  }

  promoteJobs(request: { now: number; limit: number }): Promise<{ queues: string[]; more: boolean; nextRunAt: number | null }> {
    return this.#connections.run((session) => this.#statements.promote(session, request))
  }

  claimJobs(request: c.ClaimRequest): Promise<{ jobs: c.JobRow[]; more: boolean }> {
    return this.#connections.run((session) => this.#statements.claim(session, request))
  }

  settleJobs(settlements: c.Settlement[], options?: WithTransaction): Promise<c.SettleAnswer[]> {
    return this.#writeIn(options, true, (session) => this.#statements.settle(session, settlements))
  }

  markJobs(marks: c.Mark[]): Promise<boolean[]> {
    return this.#connections.run((session) => this.#statements.mark(session, marks))
  }

  updateJobs(updates: c.JobUpdate[], options?: WithTransaction): Promise<c.UpdateAnswer[]> {
    const runs = runsOf(updates)
    const oneStatement = runs.length <= 1 && !updates.some(asksForKey)
    return this.#writeIn(options, oneStatement, (session) => updateJobs(session, this.#names, runs))
  }

  deleteJobs(ids: string[], options?: WithTransaction & { from?: c.JobStatus[] }): Promise<string[]> {
    return this.#writeIn(options, true, (session) => deleteJobs(session, this.#names, ids, options?.from))
  }

  pruneJobs(request: { now: number; limit: number }): Promise<number> {
    return this.#connections.run((session) => this.#statements.prune(session, request))
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
    return this.#connections.run((session) => heartbeat(session, this.#names, beat))
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
    return this.#connections.run((session) => putQueue(session, this.#names, queue))
  }

  async findStates(
    filter: { kind: string; ids?: string[]; dueBefore?: number },
    page: { limit: number; after?: string },
  ): Promise<c.State[]> {
    return (await this.#find(sql.findStates(this.#source, filter, page))).map(sql.toState)
  }

  putState(state: c.NewState, expected: number | null, jobs: c.NewJob[] = []): Promise<boolean> {
    return this.#connections.run((session) => putState(session, this.#names, state, expected, jobs))
  }

  transaction<T>(work: (tx: Knex.Transaction) => Promise<T>): Promise<T> {
    const checkMigrated = async (session: Session) => {
      // Errors of calls with `tx` pass untouched, so this one is told before them.
      if (!(this.#migrated ||= await isMigrated(session, this.#names))) throw sql.schemaOutdated()
    }
    return this.#connections.transaction(checkMigrated, work)
  }

  #listenerOn(channel: string, client: NonNullable<CheckedOptions['listeningClient']>): Listener {
    const statement = prepared('select pg_notify($1, payload) from unnest($2::text[]) payload')
    return new Listener({
      channel,
      client,
      notify: async (payloads) => {
        await this.#connections.run((session) => session.query(statement, [channel, payloads]))
      },
    })
  }

  async #read({ text, values }: { text: string; values: readonly unknown[] }): Promise<sql.RawRow[]> {
    const { rows } = await this.#connections.run((session) => session.query({ text }, [...values]))
    return rows
  }

  #find(query: Knex.QueryBuilder): Promise<sql.RawRow[]> {
    const { sql: text, bindings } = query.toSQL().toNative()
    return this.#read({ text, values: bindings })
  }

  /** In the caller's transaction nothing is begun, committed, retried or translated. */
  async #writeIn<T>(options: WithTransaction | undefined, oneStatement: boolean, work: (session: Session) => Promise<T>): Promise<T> {
    if (options?.tx !== undefined) {
      this.#connections.checkOpen()
      return work(new Session(await clientOf(options.tx), false))
    }
    return oneStatement ? this.#connections.run(work) : this.#connections.runInTransaction(work)
  }
}

function tooOld(version: string): StorageError {
  const message = `PostgreSQL ${version} is too old. dbjobq needs 13 or newer.`
  return new StorageError('UNSUPPORTED', message, { retryable: false, applied: 'no' })
}
