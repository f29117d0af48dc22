import type { RawRow } from '@dbjobq/storage-sql'
import type { Connection, ResultSetHeader } from 'mysql2'
import { execute, forget, run, type Value } from './connection.js'

/**
 * `own`: a connection of the storage's own pool, set up for READ COMMITTED; `lent`: one of a pool that the caller owns;
 * `joined`: the caller's own open transaction.
 */
export type SessionKind = 'own' | 'lent' | 'joined'

/** A connection in use by one call. */
export class Session {
  readonly #connection: Connection
  readonly #kind: SessionKind
  #inTransaction: boolean
  /** True once something was sent that takes effect even if its answer is lost. */
  mayHaveWritten = false

  constructor(connection: Connection, kind: SessionKind) {
    this.#connection = connection
    this.#kind = kind
    this.#inTransaction = kind === 'joined'
  }

  async read(sql: string, values: Value[]): Promise<RawRow[]> {
    return (await execute(this.#connection, sql, values)) as RawRow[]
  }

  /** For texts of many shapes: the prepared statement is not kept. */
  async readOnce(sql: string, values: Value[]): Promise<RawRow[]> {
    try {
      return await this.read(sql, values)
    } finally {
      forget(this.#connection, sql)
    }
  }

  /**
   * Answers the rows affected. Whether a row that was matched and left as it was counts depends on the pool's flags:
   * only a statement that changes every row it matches tells a number to rely on.
   */
  async write(sql: string, values: Value[]): Promise<number> {
    this.mayHaveWritten ||= !this.#inTransaction
    return ((await execute(this.#connection, sql, values)) as ResultSetHeader).affectedRows
  }

  /** Data definition, and statements that hold their values. */
  async run(sql: string): Promise<void> {
    this.mayHaveWritten ||= !this.#inTransaction
    await run(this.#connection, sql)
  }

  /** Within a transaction that is open already, `work` becomes a part of it. */
  async inTransaction<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inTransaction) return work()
    // READ COMMITTED takes no gap locks: an insert never waits for a claim. For the next transaction only, a lent connection is not changed.
    if (this.#kind === 'lent') await run(this.#connection, 'set transaction isolation level read committed')
    await run(this.#connection, 'start transaction')
    this.#inTransaction = true
    try {
      const result = await work()
      this.mayHaveWritten = true
      await run(this.#connection, 'commit')
      return result
    } catch (error) {
      await this.#rollBack()
      throw error
    } finally {
      this.#inTransaction = false
    }
  }

  /** A lock wait that ran out (1205) rolls back its statement only, so this is always sent. */
  async #rollBack(): Promise<void> {
    try {
      await run(this.#connection, 'rollback')
    } catch {
      // The error that led here is the one to tell; the server rolls back what a lost connection left open.
      this.destroy()
    }
  }

  /** The pool replaces it. What is still asked on it is never answered. */
  destroy(): void {
    this.#connection.destroy()
    // mysql2 only says goodbye, and a server that does not answer would keep the process alive.
    ;(this.#connection as unknown as { stream: { destroy(): void } }).stream.destroy()
  }
}
