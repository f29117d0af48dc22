import { MongoServerError, type Document } from 'mongodb'
import type { Scope } from './call.js'
import type { Store } from './store.js'

const duplicateKey = 11000

export interface WriteReply {
  /** Documents inserted or matched. */
  count: number
  /** Places in the command that were refused since their id or key is there. */
  duplicates: number[]
}

/**
 * A batch of writes as a plain command: the driver's bulk builder costs a tenth more, and wraps lost connections in errors of its own.
 * In a transaction a duplicate is an error, since it ends the transaction.
 */
export async function sendWrites(store: Store, { session, maxTimeMS }: Scope, command: Document): Promise<WriteReply> {
  const bounds = session ? {} : { writeConcern: store.writeConcern, ...(maxTimeMS === undefined ? {} : { maxTimeMS }) }
  const reply = await store.database.command({ ...command, ...bounds }, session ? { session } : {})
  const errors = (reply.writeErrors ?? []) as { index: number; code: number; errmsg: string }[]
  const fatal = errors.find(({ code }) => session !== undefined || code !== duplicateKey)
  if (fatal) throw new MongoServerError(fatal)
  return { count: reply.n as number, duplicates: errors.map(({ index }) => index) }
}
