import { DbjobqError } from '@dbjobq/core/storage'
import { checkCallTimeout, checkOptionNames } from '@dbjobq/storage-sql'
import createKnex, { type Knex } from 'knex'
import type { ConnectionOptions } from 'mysql2'
import { setUp } from './set-up.js'

/** Where the database is, in one of three ways: `url`, `connection` or `knex`. */
export interface MysqlStorageOptions {
  /** `mysql://user:password@host:3306/database` */
  url?: string
  /** What mysql2 takes, when a URL is not enough. */
  connection?: ConnectionOptions
  /** Of the storage's own pool; default none kept, at most 10. Not with `knex`. */
  pool?: Knex.PoolConfig
  /** An instance of client mysql2 that stays the caller's: `close()` leaves it open. */
  knex?: Knex
  /** Of all tables: 1 to 39 letters, digits or underscores; default `dbjobq_`. Storages of different prefixes know nothing of each other. */
  prefix?: string
  /** ms, 1 to 2,147,483,647; default 15,000. A call ends within it; `migrate` and `transaction` may last longer. */
  callTimeout?: number
}

export interface Settings {
  knex: Knex
  /** True: the pool is the storage's own. */
  own: boolean
  /** Null: not known before connecting; the tables are then those of the connection's own database. */
  database: string | null
  prefix: string | undefined
  callTimeout: number
}

/** @throws DbjobqError INVALID_OPTION */
export function toSettings(urlOrOptions: string | MysqlStorageOptions): Settings {
  const options = typeof urlOrOptions === 'string' ? { url: urlOrOptions } : urlOrOptions
  checkOptionNames('MysqlStorage', options, ['url', 'connection', 'pool', 'knex', 'prefix', 'callTimeout'])
  const { url, connection, knex, pool, prefix } = options
  if ([url, connection, knex].filter((given) => given !== undefined).length !== 1) {
    throw invalid('MysqlStorage takes exactly one of url, connection and knex.')
  }
  const callTimeout = checkCallTimeout(options.callTimeout)
  if (knex) return { knex: checkKnex(knex, pool), own: false, database: databaseOf(knex), prefix, callTimeout }
  const target = url === undefined ? checkConnection(connection) : { uri: checkUrl(url) }
  return { knex: createOwn(target, pool, callTimeout), own: true, database: nameOf(target), prefix, callTimeout }
}

function createOwn(target: ConnectionOptions, pool: Knex.PoolConfig | undefined, callTimeout: number): Knex {
  const connection = { connectTimeout: callTimeout, charset: 'utf8mb4', ...target }
  const silent = () => undefined
  return createKnex({
    client: 'mysql2',
    // Knex hands it to mysql2 as it is; its own type of it is older than mysql2's.
    connection: connection as unknown as Knex.MySql2ConnectionConfig,
    pool: { min: 0, max: 10, ...pool, afterCreate: setUp(callTimeout, pool?.afterCreate) },
    acquireConnectionTimeout: callTimeout,
    // What Knex would print here reaches the caller as the rejection of the call.
    log: { warn: silent, error: silent, deprecate: silent, debug: silent },
  })
}

function checkUrl(url: unknown): string {
  const parsed = typeof url === 'string' ? URL.parse(url) : null
  if (parsed?.protocol !== 'mysql:') throw invalid('url must be of the form mysql://user:password@host:3306/database.')
  if (databaseIn(parsed) === '') throw invalid('url names no database: mysql://user:password@host:3306/database.')
  return parsed.href
}

function checkConnection(connection: ConnectionOptions | undefined): ConnectionOptions {
  if (typeof connection !== 'object') throw invalid('connection must be an object of mysql2 connection options.')
  if (nameOf(connection) === null) throw invalid('connection names no database.')
  return connection
}

function checkKnex(knex: Knex, pool: unknown): Knex {
  if (pool !== undefined) throw invalid("pool is an option of the storage's own pool; with knex, set it there.")
  const client: unknown = typeof knex === 'function' ? knex.client : undefined
  const driver = typeof client === 'object' && client !== null && 'driverName' in client ? client.driverName : undefined
  if (driver !== 'mysql2') throw invalid('knex must be a Knex instance of client mysql2.')
  if (knex.isTransaction === true) throw invalid('knex must be an instance, not a transaction of it.')
  return knex
}

function nameOf({ database, uri }: ConnectionOptions): string | null {
  const parsed = uri === undefined ? null : URL.parse(uri)
  return database ?? (parsed ? databaseIn(parsed) || null : null)
}

function databaseIn(url: URL): string {
  return decodeURIComponent(url.pathname.slice(1))
}

function databaseOf(knex: Knex): string | null {
  const settings = (knex.client as { connectionSettings?: ConnectionOptions }).connectionSettings
  return settings ? nameOf(settings) : null
}

function invalid(message: string): DbjobqError {
  return new DbjobqError('INVALID_OPTION', message)
}
