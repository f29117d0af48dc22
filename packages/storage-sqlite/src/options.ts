import { resolve } from 'node:path'
import { DbjobqError } from '@dbjobq/core/storage'
import { checkCallTimeout, checkOptionNames, tableNames, type TableNames } from '@dbjobq/storage-sql'
import Database from 'better-sqlite3'

/** A Knex instance on better-sqlite3, as far as it is looked at. */
export interface KnexOnSqlite {
  client: { config: { client?: unknown; connection?: unknown }; driver?: unknown }
}

export interface SqliteOptions {
  /** Path of the database file; it is created if its folder is there. Not `:memory:`. */
  filename?: string
  /** Instead of `filename`: takes the file from it. The connection is still an own one, and `close()` leaves Knex open. */
  knex?: KnexOnSqlite
  /** Of the table names: 1 to 39 letters, digits, underscores. Default `dbjobq_`. */
  prefix?: string
  /** ms that a call may wait for the write lock. Default 15,000. */
  callTimeout?: number
  /** `NORMAL` (default) outlives a killed process but may lose the last commits at a power cut; `FULL` loses none and is slower. */
  synchronous?: 'NORMAL' | 'FULL'
}

export interface CheckedOptions {
  filename: string
  tables: TableNames
  callTimeout: number
  synchronous: 'NORMAL' | 'FULL'
}

/** A file lock on POSIX belongs to the process: closed by one copy of SQLite, the file loses the locks of all. A database was damaged so within seconds. */
export const secondCopy =
  "This process has two copies of better-sqlite3, which would undo each other's locks on the file and damage it. Bring them to one version (npm ls better-sqlite3)."

/** @throws DbjobqError INVALID_OPTION */
export function checkOptions(given: string | SqliteOptions): CheckedOptions {
  const options: SqliteOptions = typeof given === 'string' ? { filename: given } : given
  checkOptionNames('SqliteStorage', options, ['filename', 'knex', 'prefix', 'callTimeout', 'synchronous'])
  const { filename, knex, prefix, callTimeout, synchronous = 'NORMAL' } = options
  if ((filename === undefined) === (knex === undefined)) throw invalid('SqliteStorage takes either filename or knex.')
  // Checked at run time too: JavaScript callers have no compiler.
  if (!['NORMAL', 'FULL'].includes(synchronous))
    throw invalid(`synchronous must be 'NORMAL' or 'FULL', not ${JSON.stringify(synchronous)}.`)
  return {
    filename: checkFilename(knex === undefined ? filename : filenameOf(knex)),
    tables: tableNames(prefix),
    callTimeout: checkCallTimeout(callTimeout),
    synchronous,
  }
}

function filenameOf(knex: KnexOnSqlite): unknown {
  const { config, driver } = (knex as Partial<KnexOnSqlite> | null)?.client ?? {}
  if (config?.client !== 'better-sqlite3') throw invalid("knex must be a Knex instance whose client is 'better-sqlite3'.")
  if (driver !== undefined && driver !== Database) throw invalid(secondCopy)
  const { connection } = config
  if (typeof connection === 'object' && connection !== null && 'filename' in connection) return connection.filename
  return connection
}

function checkFilename(filename: unknown): string {
  if (typeof filename !== 'string') throw invalid(`filename must be the path of a file, not ${typeof filename}.`)
  // Each connection to :memory: or '' has a database of its own, and this storage opens more than one.
  if (filename === '' || filename.startsWith(':memory:') || filename.includes('\0')) {
    throw invalid(
      `${JSON.stringify(filename)} is no file that several connections can share. Give a path, or use MemoryStorage of @dbjobq/core/memory.`,
    )
  }
  // A later chdir must not lead later connections to another file.
  return resolve(filename)
}

function invalid(message: string): DbjobqError {
  return new DbjobqError('INVALID_OPTION', message)
}
