import { StorageError } from '@dbjobq/core/storage'
import { withDeadline, withRetry } from '@dbjobq/storage-sql'
import type { Knex } from 'knex'
import { discard, interrupt, type CancellableClient } from './cancel.js'
import { toStorageError } from './errors.js'
import { Session } from './session.js'
import type { RawClient } from './transaction.js'

type PooledClient = RawClient & CancellableClient

/** The part of Knex that hands out raw connections. */
interface KnexPool {
  acquireConnection(): Promise<PooledClient>
  releaseConnection(client: PooledClient): Promise<void>
}

/**
 * ms. A plan that was made while a table was small scans it whole, and is kept until autovacuum looks at the table: in a minute, or never.
 * So plans are made anew now and then, and at once after a call as slow as such plans make it (PostgreSQL 13: a claim of 100 took 1.1 s
 * when 200,000 jobs had come into an empty table, 15 ms after that). Not before so many calls, lest an idle worker asks twice for everything.
 */
const planLifetime = 10_000
const planCalls = 20
const slowCall = 100
/** A prepared statement is not there, or there already: a pooler between gave us another server connection. */
const namesLost = ['26000', '42P05']

/** Runs calls on connections of Knex's pool: with their deadline, their retries, and typed errors. */
export class Connections {
  readonly #knex: Knex
  readonly #owned: boolean
  readonly #callTimeout: number
  readonly #plans = new WeakMap<RawClient, { madeAt: number; calls: number }>()
  #named = true
  #closed: Promise<void> | undefined

  constructor({ knex, owned, callTimeout }: { knex: Knex; owned: boolean; callTimeout: number }) {
    this.#knex = knex
    this.#owned = owned
    this.#callTimeout = callTimeout
  }

  /** `work` may run again from its beginning, so it is one statement, or within `begin`, or answers the same when repeated. */
  run<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return withDeadline(this.#callTimeout, (signal) => withRetry(() => this.#attempt(work, signal), { timeout: this.#callTimeout }))
  }

  /** As `run`, in a transaction. */
  runInTransaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.run((session) => inTransaction(session, work))
  }

  /** The same without a deadline; after conflicts it begins again until `callTimeout`. */
  runLongInTransaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const { signal } = new AbortController()
    const attempt = () => this.#attempt((session) => inTransaction(session, work), signal)
    return withRetry(attempt, { timeout: this.#callTimeout })
  }

  /** A transaction of Knex, for which `prepare` runs first. What `work` rejects with passes untouched. */
  async transaction<T>(prepare: (session: Session) => Promise<void>, work: (tx: Knex.Transaction) => Promise<T>): Promise<T> {
    this.checkOpen()
    let thrown: { error: unknown } | undefined
    const noted = async (tx: Knex.Transaction) => {
      await prepare(new Session(await (tx.client as KnexPool).acquireConnection(), false))
      try {
        return await work(tx)
      } catch (error) {
        thrown = { error }
        throw error
      }
    }
    try {
      return await this.#knex.transaction(noted)
    } catch (error) {
      throw thrown ? thrown.error : toStorageError(error, true)
    }
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#owned ? this.#knex.destroy() : Promise.resolve())
  }

  async #attempt<T>(work: (session: Session) => Promise<T>, signal: AbortSignal): Promise<T> {
    const pool = this.#knex.client as KnexPool
    const client = await this.#acquire(pool, signal)
    const cut = () => interrupt(client)
    signal.addEventListener('abort', cut)
    try {
      return await this.#work(client, work)
    } catch (error) {
      const typed = toStorageError(error, true)
      // A statement that cannot be parsed: PgBouncer up to 1.24 takes its name for given, and ends the connection at the next try.
      // A connection that the server ends: it says so first, and the next call would meet it before its socket is closed.
      if (typed.code === 'SCHEMA_OUTDATED' || typed.code === 'UNAVAILABLE') discard(client)
      throw typed
    } finally {
      signal.removeEventListener('abort', cut)
      await pool.releaseConnection(client)
    }
  }

  async #work<T>(client: RawClient, work: (session: Session) => Promise<T>): Promise<T> {
    if (!this.#named) return work(new Session(client, false))
    try {
      await this.#refreshPlans(client)
      const started = performance.now()
      const answer = await work(new Session(client, true))
      if (performance.now() - started > slowCall) this.#plans.set(client, { madeAt: Number.NEGATIVE_INFINITY, calls: planCalls })
      return answer
    } catch (error) {
      if (!namesLost.includes(String((error as { code?: unknown }).code))) throw error
      this.#dropNames()
      return work(new Session(client, false))
    }
  }

  async #refreshPlans(client: RawClient): Promise<void> {
    const plans = this.#plans.get(client)
    if (plans && (++plans.calls < planCalls || performance.now() - plans.madeAt < planLifetime)) return
    if (plans) await client.query({ text: 'discard plans', values: [] })
    this.#plans.set(client, { madeAt: performance.now(), calls: 0 })
  }

  #dropNames(): void {
    if (!this.#named) return
    this.#named = false
    process.emitWarning(
      'A pooler between dbjobq and PostgreSQL does not keep prepared statements, so each call is parsed anew, which is slower. Let it keep them (PgBouncer 1.21 or newer with max_prepared_statements), or connect directly.',
      { code: 'DBJOBQ_NO_PREPARED_STATEMENTS' },
    )
  }

  async #acquire(pool: KnexPool, signal: AbortSignal): Promise<PooledClient> {
    this.checkOpen()
    let client
    try {
      client = await pool.acquireConnection()
    } catch (error) {
      throw toStorageError(error, false)
    }
    if (!signal.aborted) return client
    await pool.releaseConnection(client)
    throw signal.reason as StorageError
  }

  /** @throws StorageError UNAVAILABLE after `close()` */
  checkOpen(): void {
    if (this.#closed === undefined) return
    throw new StorageError('UNAVAILABLE', 'This PostgresStorage is closed. Open another one.', { retryable: false, applied: 'no' })
  }
}

/** Its level is named, as the default of a role or a database may be another. */
async function inTransaction<T>(session: Session, work: (session: Session) => Promise<T>): Promise<T> {
  await session.query({ text: 'begin isolation level read committed' })
  try {
    const answer = await work(session)
    await session.query({ text: 'commit' })
    return answer
  } catch (error) {
    // A connection that cannot even roll back is dead, and its transaction with it: the first error says more.
    await session.query({ text: 'rollback' }).catch(() => undefined)
    throw error
  }
}
