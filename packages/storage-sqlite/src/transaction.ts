import { statSync } from 'node:fs'
import { StorageError } from '@dbjobq/core/storage'
import type { TableNames } from '@dbjobq/storage-sql'
import Database from 'better-sqlite3'
import { Connection } from './connection.js'
import { secondCopy } from './options.js'

/** A better-sqlite3 `Database`, as far as it is used. */
export interface SqliteDatabase {
  readonly open: boolean
  readonly inTransaction: boolean
  prepare(source: string): {
    run(...values: unknown[]): unknown
    get(...values: unknown[]): unknown
    all(...values: unknown[]): unknown[]
  }
  pragma(source: string, options?: { simple?: boolean }): unknown
}

/** A transaction of a Knex whose client is better-sqlite3, as far as it is used. */
export interface KnexTransaction {
  isCompleted(): boolean
  client: { acquireConnection(): unknown }
}

/** The caller's own transaction: a better-sqlite3 database within `begin`, or a Knex transaction. */
export type SqliteTransaction = SqliteDatabase | KnexTransaction

/** Finds the caller's connection, and refuses what is not an open transaction on the file of this storage. */
export class CallerTransactions {
  readonly #filename: string
  readonly #tables: TableNames
  readonly #known = new WeakMap<SqliteDatabase, Connection>()

  constructor(filename: string, tables: TableNames) {
    this.#filename = filename
    this.#tables = tables
  }

  async connectionOf(tx: unknown): Promise<Connection> {
    if (isDatabase(tx)) return this.connectionOfDatabase(tx)
    if (!isKnexTransaction(tx)) throw invalid('tx is neither a better-sqlite3 database nor a Knex transaction.')
    if (tx.isCompleted()) throw invalid('The Knex transaction is already completed.')
    return this.connectionOfDatabase(await tx.client.acquireConnection())
  }

  connectionOfDatabase(tx: unknown): Connection {
    if (!isDatabase(tx)) throw invalid('tx is not a better-sqlite3 database.')
    if (!tx.open) throw invalid('The database handle is closed.')
    if (!tx.inTransaction) throw invalid('The database handle is in no transaction. Begin one, or leave tx out.')
    const known = this.#known.get(tx)
    if (known) return known
    if (!isSameFile(tx, this.#filename)) throw invalid(`The database handle is not open on ${this.#filename}, the file of this storage.`)
    if (!(tx instanceof Database)) throw invalid(secondCopy)
    const connection = new Connection(tx, this.#tables)
    this.#known.set(tx, connection)
    return connection
  }
}

function isDatabase(tx: unknown): tx is SqliteDatabase {
  const { open, inTransaction, prepare, pragma } = Object(tx) as Partial<SqliteDatabase>
  return typeof open === 'boolean' && typeof inTransaction === 'boolean' && typeof prepare === 'function' && typeof pragma === 'function'
}

function isKnexTransaction(tx: unknown): tx is KnexTransaction {
  const { isTransaction, isCompleted, client } = Object(tx) as Partial<KnexTransaction> & { isTransaction?: unknown }
  return isTransaction === true && typeof isCompleted === 'function' && typeof client?.acquireConnection === 'function'
}

/** By device and inode: the same file has many paths. */
function isSameFile(database: SqliteDatabase, filename: string): boolean {
  const [main] = database.pragma('database_list') as { file: string }[]
  const [theirs, ours] = [main?.file, filename].map((path) => (path ? statSync(path, { throwIfNoEntry: false, bigint: true }) : undefined))
  return ours !== undefined && theirs?.ino === ours.ino && theirs.dev === ours.dev
}

function invalid(message: string): StorageError {
  return new StorageError('INVALID_TX', message, { retryable: false, applied: 'no' })
}
