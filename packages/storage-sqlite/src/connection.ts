import { StorageError } from '@dbjobq/core/storage'
import type { TableNames } from '@dbjobq/storage-sql'
import Database from 'better-sqlite3'
import type { CheckedOptions } from './options.js'

export type Value = string | number | null
/** One statement of the adapter. Its identity is the key under which it stays prepared. */
export type StatementText = (tables: TableNames) => string

/** A database handle, ours or the caller's, with the statements prepared on it. */
export class Connection {
  readonly database: Database.Database
  readonly #tables: TableNames
  readonly #prepared = new Map<StatementText | string, Database.Statement<Value[]>>()

  constructor(database: Database.Database, tables: TableNames) {
    this.database = database
    this.#tables = tables
  }

  get tables(): TableNames {
    return this.#tables
  }

  /** For statements whose text is one of few; others would pile up here. */
  prepare<Row = unknown>(text: StatementText | string): Database.Statement<Value[], Row> {
    let statement = this.#prepared.get(text)
    if (!statement) {
      // The caller may have asked for BigInt on its handle; that is not meant for us.
      statement = this.database.prepare<Value[]>(typeof text === 'string' ? text : text(this.#tables)).safeIntegers(false)
      this.#prepared.set(text, statement)
    }
    return statement as Database.Statement<Value[], Row>
  }

  /** Takes the write lock at once: a deferred transaction that reads and then writes fails when another one wrote between. */
  begin(): void {
    this.prepare('begin immediate').run()
  }

  commit(): void {
    this.prepare('commit').run()
  }

  /** After some errors (disk full) SQLite has rolled back by itself. */
  rollback(): void {
    if (this.database.inTransaction) this.prepare('rollback').run()
  }

  run(statements: string[]): void {
    for (const statement of statements) this.database.exec(statement)
  }

  /** An open transaction is rolled back. */
  close(): void {
    this.database.close()
  }
}

/** A busy timeout would wait inside the driver and stop the event loop: waiting is done outside, see `withRetry` and `Writer`. */
export function openConnection({ filename, tables, synchronous }: CheckedOptions, { fileMustExist = false } = {}): Connection {
  const database = new Database(filename, { timeout: 0, fileMustExist })
  try {
    const mode = database.pragma('journal_mode = WAL', { simple: true })
    if (mode !== 'wal') {
      const message = `The file system of ${filename} cannot carry SQLite's write-ahead log. Use a local disk.`
      throw new StorageError('UNAVAILABLE', message, { retryable: false, applied: 'no' })
    }
    database.pragma(`synchronous = ${synchronous}`)
    return new Connection(database, tables)
  } catch (error) {
    database.close()
    throw error
  }
}
