import { StorageError } from '@dbjobq/core/storage'
import type { Knex } from 'knex'
import type { Connection } from 'mysql2'
import type { Connection as PromiseConnection } from 'mysql2/promise'
import { run } from './connection.js'

/** The caller's open transaction: of Knex, or a mysql2 connection of either flavour on which one was begun. */
export type MysqlTransaction = Knex.Transaction | ((Connection | PromiseConnection) & NoPool)

/** A pool has all that a connection has. */
interface NoPool {
  getConnection?: never
}

const inTransactionFlag = 1
const autocommitFlag = 2

/** @throws StorageError INVALID_TX */
export async function connectionOf(tx: unknown): Promise<Connection> {
  const connection = typeof tx === 'function' ? await connectionOfKnex(tx as unknown as KnexLike) : connectionOfDriver(tx)
  // The server itself tells with each answer whether a transaction is open, also when it has rolled back on its own.
  const { serverStatus } = await run(connection, 'do 0')
  const isOpen = (serverStatus & inTransactionFlag) !== 0 || (serverStatus & autocommitFlag) === 0
  if (!isOpen) throw invalid('no transaction is open on this connection: it was not begun, it has ended, or the server rolled it back')
  return connection
}

/** What tells a transaction of Knex from an instance, and from other functions. */
interface KnexLike {
  isTransaction?: boolean
  isCompleted(): boolean
  client: { driverName?: unknown; acquireConnection(): Promise<Connection> }
}

async function connectionOfKnex(tx: KnexLike): Promise<Connection> {
  if (tx.isTransaction !== true) throw invalid('this is a Knex instance, not a transaction of it')
  if (tx.client.driverName !== 'mysql2') throw invalid(`this Knex transaction is one of ${String(tx.client.driverName)}`)
  if (tx.isCompleted()) throw invalid('this Knex transaction has ended')
  return tx.client.acquireConnection()
}

function connectionOfDriver(tx: unknown): Connection {
  if (typeof tx !== 'object' || tx === null) throw invalid(`${tx === null ? 'null' : typeof tx} is neither`)
  if ('getConnection' in tx) throw invalid('this is a pool: take a connection from it and begin a transaction there')
  const connection = 'connection' in tx && typeof tx.connection === 'object' && tx.connection !== null ? tx.connection : tx
  if (!('execute' in connection && 'unprepare' in connection && 'threadId' in connection)) throw invalid('this object is neither')
  return connection as Connection
}

function invalid(reason: string): StorageError {
  const message = `\`tx\` takes an open Knex transaction, or a mysql2 connection with an open transaction; ${reason}.`
  return new StorageError('INVALID_TX', message, { retryable: false, applied: 'no' })
}
