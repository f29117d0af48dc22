import { StorageError } from '@dbjobq/core/storage'
import type { Knex } from 'knex'
import type { Connection } from 'mysql2'
import type { Connection as PromiseConnection } from 'mysql2/promise'
import { run } from './connection.js'

/** The caller's open transaction: of Knex, or a mysql2 connection of either flavour on which one was begun. */
export type MysqlTransaction = Knex.Transaction | Connection | PromiseConnection

const inTransactionFlag = 1
const autocommitFlag = 2

/** @throws StorageError INVALID_TX */
export async function connectionOf(tx: unknown): Promise<Connection> {
  const connection = typeof tx === 'function' ? await connectionOfKnex(tx as Knex.Transaction) : connectionOfDriver(tx)
  // The server itself tells with each answer whether a transaction is open, also when it has rolled back on its own.
  const { serverStatus } = await run(connection, 'do 0')
  const isOpen = (serverStatus & inTransactionFlag) !== 0 || (serverStatus & autocommitFlag) === 0
  if (!isOpen) throw invalid('no transaction is open on this connection: it was not begun, it has ended, or the server rolled it back')
  return connection
}

async function connectionOfKnex(tx: Knex.Transaction): Promise<Connection> {
  if (tx.isTransaction !== true) throw invalid('this is a Knex instance, not a transaction of it')
  const client = tx.client as { driverName?: unknown; acquireConnection: () => Promise<Connection> }
  if (client.driverName !== 'mysql2') throw invalid(`this Knex transaction is one of ${String(client.driverName)}`)
  if (tx.isCompleted()) throw invalid('this Knex transaction has ended')
  return client.acquireConnection()
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
