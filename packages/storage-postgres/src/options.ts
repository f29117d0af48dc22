import { DbjobqError } from '@dbjobq/core/storage'
import { checkCallTimeout, checkOptionNames, knex as knexOf, tableNames, type TableNames } from '@dbjobq/storage-sql'
import type { Knex } from 'knex'
import { listeningClient } from './listening-client.js'
import type { ListeningClient } from './listening-connection.js'

/** What `pg` takes to connect. */
export type PostgresConnection = Knex.PgConnectionConfig
/** What Knex takes for its pool. Default: up to 10 connections, none kept when idle. */
export type PostgresPool = Knex.PoolConfig

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` */
  url?: string
  /** Instead of `url`. */
  connection?: PostgresConnection
  /** Instead of `url`: a Knex instance on `pg` that you own; `close()` leaves it open. */
  knex?: Knex
  /** Only with `url` or `connection`. */
  pool?: PostgresPool
  /** 1 to 63 bytes, any characters. Default `public`. Another one is created by `migrate()` if it is not there. */
  schema?: string
  /** Of the table names: 1 to 39 letters, digits, underscores. Default `dbjobq_`. */
  prefix?: string
  /** ms within which a call without `tx` ends, 1 to 2,147,483,647. Default 15,000. */
  callTimeout?: number
  /**
   * Where to listen for notifications: a connection of its own, which must not go through a pooler in transaction mode. Default: where
   * `url`, `connection` or `knex` connect. False: no wake-ups, neither sent nor heard; workers poll.
   */
  listen?: false | { connection: PostgresConnection }
}

export interface CheckedOptions {
  knex: Knex
  /** Ours to destroy. */
  owned: boolean
  schema: string
  tables: TableNames
  callTimeout: number
  /** Undefined: no wake-ups. */
  listeningClient: (() => Promise<ListeningClient>) | undefined
}

/** @throws DbjobqError INVALID_OPTION */
export function checkOptions(given: string | PostgresOptions): CheckedOptions {
  const options: PostgresOptions = typeof given === 'string' ? { url: given } : given
  checkOptionNames('PostgresStorage', options, ['url', 'connection', 'knex', 'pool', 'schema', 'prefix', 'callTimeout', 'listen'])
  const { url, connection, knex, pool, schema } = options
  if ([url, connection, knex].filter((way) => way !== undefined).length !== 1) {
    throw invalid('PostgresStorage takes one of url, connection and knex.')
  }
  if (knex !== undefined && pool !== undefined) throw invalid('pool is for url or connection: with knex, the pool is that of Knex.')
  const checked = { schema: checkSchema(schema), tables: tableNames(options.prefix), callTimeout: checkCallTimeout(options.callTimeout) }
  const listenTo = checkListen(options.listen)
  const listening = (from: Knex) => (listenTo === false ? undefined : listeningClient(from, listenTo))
  if (knex !== undefined) return { ...checked, knex: checkKnex(knex), owned: false, listeningClient: listening(knex) }
  const to = url === undefined ? checkObject('connection', connection) : { connectionString: checkUrl(url) }
  const own = connect(to, checkObject('pool', pool ?? {}), checked.callTimeout)
  return { ...checked, knex: own, owned: true, listeningClient: listening(own) }
}

function checkListen(listen: PostgresOptions['listen']): PostgresConnection | false | undefined {
  if (listen === undefined || listen === false) return listen
  const { connection } = checkObject('listen', listen)
  checkOptionNames('PostgresStorage: listen', listen, ['connection'])
  return checkObject('listen.connection', connection)
}

function connect(connection: PostgresConnection, pool: PostgresPool, callTimeout: number): Knex {
  const ignore = () => undefined
  return knexOf({
    client: 'pg',
    connection: { connectionTimeoutMillis: callTimeout, ...connection },
    pool: { min: 0, max: 10, ...pool },
    acquireConnectionTimeout: callTimeout,
    // Knex would print connection errors to the console; each call that meets one rejects with it.
    log: { warn: ignore, error: ignore, deprecate: ignore, debug: ignore },
  })
}

function checkUrl(url: unknown): string {
  if (typeof url === 'string' && /^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return url
  // The url itself stays out of the message: it carries a password.
  throw invalid('url must be postgres://user:password@host:port/database.')
}

function checkObject<T extends object>(name: string, value: T | undefined): T {
  if (typeof value === 'object' && (value as T | null) !== null) return value
  throw invalid(`${name} must be an object.`)
}

function checkKnex(knex: Knex): Knex {
  // Checked at run time too: JavaScript callers have no compiler.
  const { client, isTransaction } = Object(knex) as { client?: { dialect?: unknown; driverName?: unknown }; isTransaction?: unknown }
  if (client?.dialect === 'postgresql' && client.driverName === 'pg' && isTransaction !== true) return knex
  throw invalid("knex must be a Knex instance whose client is 'pg'.")
}

function checkSchema(schema: unknown = 'public'): string {
  const bytes = typeof schema === 'string' ? Buffer.byteLength(schema) : 0
  if (typeof schema === 'string' && bytes >= 1 && bytes <= 63 && !schema.includes('\0') && schema.isWellFormed()) return schema
  throw invalid(`schema must be a text of 1 to 63 bytes, not ${typeof schema === 'string' ? `${bytes} bytes` : typeof schema}.`)
}

function invalid(message: string): DbjobqError {
  return new DbjobqError('INVALID_OPTION', message)
}
