import { StorageError } from '@dbjobq/core/storage'
import { schemaOutdated, withDeadline, withRetry } from '@dbjobq/storage-sql'
import type { Knex } from 'knex'
import type { Connection } from 'mysql2'
import { isOfSchema, toStorageError } from './errors.js'
import { readServer, type Server } from './server.js'
import { Session } from './session.js'
import { connectionOf } from './transaction.js'

interface Pool {
  acquireConnection(): Promise<Connection>
  releaseConnection(connection: Connection): Promise<void>
}
type Work<T> = (session: Session, server: Server) => Promise<T>

/** Lends each call a connection: one of the pool, or the caller's own. */
export class Calls {
  readonly #knex: Knex
  readonly #own: boolean
  readonly #callTimeout: number
  /** As the pool's connections found it; asked once. */
  #server: Server | undefined
  #closed = false

  constructor(knex: Knex, own: boolean, callTimeout: number) {
    this.#knex = knex
    this.#own = own
    this.#callTimeout = callTimeout
  }

  /** On a connection of the pool: ends within the deadline, and is run again as a whole after a deadlock. */
  run<T>(work: Work<T>): Promise<T> {
    return withDeadline(this.#callTimeout, (signal) => withRetry(() => this.#attempt(work, signal), { timeout: this.#callTimeout / 2 }))
  }

  /** The same without a deadline. */
  async runLong<T>(work: Work<T>): Promise<T> {
    return this.#attempt(work)
  }

  /** In the caller's transaction: an error of the driver is the caller's, unless it says that the tables are not there. */
  async runIn<T>(tx: unknown, work: Work<T>): Promise<T> {
    this.#checkOpen()
    const session = new Session(await connectionOf(tx), 'joined')
    try {
      return await work(session, this.#server ?? (await readServer(session)))
    } catch (error) {
      throw isOfSchema(error) ? schemaOutdated(error) : error
    }
  }

  async transaction<T>(work: (tx: Knex.Transaction) => Promise<T>): Promise<T> {
    this.#checkOpen()
    if (!this.#server) await this.run(() => Promise.resolve())
    let thrown: { error: unknown } | undefined
    const remember = async (tx: Knex.Transaction): Promise<T> => {
      try {
        return await work(tx)
      } catch (error) {
        thrown = { error }
        throw error
      }
    }
    try {
      return await this.#knex.transaction(remember, { isolationLevel: 'read committed' })
    } catch (error) {
      throw thrown ? thrown.error : toStorageError(error, true)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#own) await this.#knex.destroy()
  }

  async #attempt<T>(work: Work<T>, signal?: AbortSignal): Promise<T> {
    this.#checkOpen()
    const pool = this.#knex.client as Pool
    const connection = await pool.acquireConnection().catch((error: unknown) => {
      throw toStorageError(error, false)
    })
    const session = new Session(connection, this.#own ? 'own' : 'lent')
    try {
      return await endingAt(signal, session, this.#begin(session, work))
    } catch (error) {
      throw toStorageError(error, session.mayHaveWritten)
    } finally {
      await pool.releaseConnection(connection)
    }
  }

  async #begin<T>(session: Session, work: Work<T>): Promise<T> {
    const server = (this.#server ??= await readServer(session))
    const call = () => work(session, server)
    return server.autocommit ? call() : session.inTransaction(call)
  }

  #checkOpen(): void {
    if (!this.#closed) return
    throw new StorageError('UNAVAILABLE', 'This MysqlStorage is closed. Open another one.', { retryable: false, applied: 'no' })
  }
}

/** A destroyed connection never answers what was asked on it: the wait has to end by itself. */
async function endingAt<T>(signal: AbortSignal | undefined, session: Session, call: Promise<T>): Promise<T> {
  if (!signal) return call
  const end = Promise.withResolvers<never>()
  const giveUp = () => {
    session.destroy()
    end.reject(signal.reason as Error)
  }
  signal.addEventListener('abort', giveUp)
  if (signal.aborted) giveUp()
  try {
    return await Promise.race([call, end.promise])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}
