import { statSync } from 'node:fs'
import { StorageError } from '@dbjobq/core/storage'
import { openConnection, type Connection } from './connection.js'
import { closed } from './errors.js'
import type { CheckedOptions } from './options.js'

/**
 * The connection of a storage. Its path says which database is meant, not the file that was opened first: SQLite goes on writing to a file
 * that was deleted or moved away, and what it acknowledges there is lost. So where another file stands by now, it is opened in its place,
 * and where none does, none is made. A look costs 3 µs.
 */
export class CurrentConnection {
  readonly #options: CheckedOptions
  #connection: Connection | undefined
  /** Which file that is. */
  #file: string | undefined
  #opened = 0
  #isClosed = false
  #lastVersion = 0

  constructor(options: CheckedOptions) {
    this.#options = options
  }

  /** @throws StorageError UNAVAILABLE, or what the driver throws */
  get(): Connection {
    this.refuseClosed()
    if (this.#connection && fileAt(this.#options.filename) === this.#file) return this.#connection
    this.#drop()
    this.#connection = this.#open()
    this.#file = fileAt(this.#options.filename)
    this.#opened++
    return this.#connection
  }

  /** Another one, for a transaction that waits. */
  openAnother(): Connection {
    this.refuseClosed()
    const connection = this.#open()
    this.#file ??= fileAt(this.#options.filename)
    return connection
  }

  /** Another number once another connection has committed, or another file was opened. The same while the file is locked, or gone. */
  version(): number {
    try {
      const row = this.#connection?.prepare<{ data_version: number }>('pragma data_version').get()
      if (row) this.#lastVersion = this.#opened * 2 ** 32 + row.data_version
    } catch {
      // Locked for a moment, as when another process recovers the file: the next look tells.
    }
    return this.#lastVersion
  }

  /** @throws StorageError UNAVAILABLE */
  refuseClosed(): void {
    if (this.#isClosed) throw closed()
  }

  close(): void {
    this.#isClosed = true
    this.#drop()
  }

  #open(): Connection {
    const isKnown = this.#file !== undefined
    if (isKnown && fileAt(this.#options.filename) === undefined) throw gone(this.#options.filename)
    return openConnection(this.#options, { fileMustExist: isKnown })
  }

  #drop(): void {
    const dropped = this.#connection
    this.#connection = undefined
    dropped?.close()
  }
}

/** Undefined: there is none. */
function fileAt(filename: string): string | undefined {
  const found = statSync(filename, { throwIfNoEntry: false, bigint: true })
  return found && `${found.dev}:${found.ino}`
}

function gone(filename: string): StorageError {
  const message = `The database file ${filename} was moved or deleted while it was in use. Put it back; no new one is made in its place.`
  return new StorageError('UNAVAILABLE', message, { retryable: true, applied: 'no' })
}
