import { StorageError } from '@dbjobq/core/storage'

/** A `Client` or `PoolClient` of `pg`, as far as it is looked at; of any copy of the driver. A `Pool` lacks `getTypeParser`. */
export interface PgClient {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- pg overloads it; only whether it is there is looked at
  query: (...args: any[]) => any
  getTypeParser: unknown
}

/** A transaction of a Knex whose client is pg, as far as it is used. */
export interface KnexTransaction {
  isCompleted(): boolean
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- Knex types it so
  client: any
}

/** The caller's own transaction: a `pg` client after BEGIN, or a Knex transaction. */
export type PostgresTransaction = PgClient | KnexTransaction

/** What a transaction and a pooled connection have in common. */
export interface RawClient {
  query(query: { name?: string; text: string; values: unknown[] }): Promise<{ rows: Record<string, unknown>[]; rowCount: number | null }>
  /** Since pg 8.18: `I` idle, `T` in a transaction, `E` in one that failed. */
  getTransactionStatus?: () => 'I' | 'T' | 'E' | null
  connection?: { stream?: { writable?: boolean } }
}

/**
 * The connection of the caller's transaction.
 * @throws StorageError INVALID_TX unless it is an open transaction on pg
 */
export async function clientOf(tx: unknown): Promise<RawClient> {
  if (isKnexTransaction(tx)) {
    if (tx.isCompleted()) throw invalid('The Knex transaction is already completed.')
    return tx.client.acquireConnection()
  }
  if (!isPgClient(tx)) throw invalid('tx is neither a client of pg (a pool is none) nor a transaction of Knex on pg.')
  await checkOpen(tx)
  return tx
}

/** A failed transaction counts as open: what PostgreSQL says of it passes untouched. */
async function checkOpen(client: RawClient): Promise<void> {
  // The status is then the last one heard.
  if (client.connection?.stream?.writable === false) throw invalid('The connection of the pg client is closed.')
  if (client.getTransactionStatus) {
    if (['T', 'E'].includes(client.getTransactionStatus() ?? '')) return
    throw invalid('The pg client is in no transaction. Send it BEGIN first, or leave tx out.')
  }
  try {
    // The one statement that an older pg can be asked with: it fails outside of a transaction and leaves nothing inside.
    await client.query({ text: 'savepoint dbjobq_open', values: [] })
    await client.query({ text: 'release savepoint dbjobq_open', values: [] })
  } catch (error) {
    if ((error as { code?: unknown }).code !== '25P01') throw error
    throw invalid('The pg client is in no transaction. Send it BEGIN first, or leave tx out.')
  }
}

function isPgClient(tx: unknown): tx is RawClient {
  const { query, getTypeParser } = Object(tx) as Partial<PgClient>
  return typeof query === 'function' && typeof getTypeParser === 'function'
}

function isKnexTransaction(tx: unknown): tx is { isCompleted(): boolean; client: { acquireConnection(): Promise<RawClient> } } {
  const { isTransaction, isCompleted, client } = Object(tx) as { isTransaction?: unknown; isCompleted?: unknown; client?: object }
  const { driverName } = Object(client) as { driverName?: unknown }
  return isTransaction === true && typeof isCompleted === 'function' && driverName === 'pg'
}

function invalid(message: string): StorageError {
  return new StorageError('INVALID_TX', message, { retryable: false, applied: 'no' })
}
