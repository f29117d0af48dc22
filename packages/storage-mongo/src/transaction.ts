import type { ClientSession } from 'mongodb'
import { storageError } from './errors.js'
import type { Store } from './store.js'

const options = { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority', j: true }, readPreference: 'primary' } as const

/** `work` in a transaction of its own: begun, then committed or rolled back once. */
export async function runTransaction<T>(store: Store, work: (session: ClientSession) => Promise<T>): Promise<T> {
  refuseWithoutTransactions(store)
  const session = store.client.startSession()
  try {
    session.startTransaction(options)
    const result = await work(session)
    await session.commitTransaction()
    return result
  } finally {
    // Rolls back what is not committed; the driver keeps errors of that to itself, and the server rolls back what it lost sight of.
    await session.endSession()
  }
}

/** @throws StorageError UNSUPPORTED, INVALID_TX */
export function sessionOf(store: Store, tx: unknown): ClientSession {
  refuseWithoutTransactions(store)
  if (!isSession(tx)) throw storageError('INVALID_TX', '`tx` must be a ClientSession of the driver, in a transaction.')
  if (tx.hasEnded || !tx.inTransaction()) {
    throw storageError('INVALID_TX', '`tx` is a ClientSession without an open transaction. Begin one with session.withTransaction().')
  }
  if (tx.client !== store.client) {
    const message = '`tx` is a ClientSession of another MongoClient. Build the storage with `new MongoStorage({ client })` on the same one.'
    throw storageError('INVALID_TX', message)
  }
  return tx
}

/** `client` is public in every driver, but not in its types. */
function isSession(tx: unknown): tx is ClientSession & { client: unknown } {
  return typeof tx === 'object' && tx !== null && 'client' in tx && 'inTransaction' in tx && typeof tx.inTransaction === 'function'
}

function refuseWithoutTransactions(store: Store): void {
  if (store.transactions) return
  throw storageError(
    'UNSUPPORTED',
    'This MongoDB is a standalone server, which has no transactions. Run it as a replica set (one member is enough).',
  )
}
