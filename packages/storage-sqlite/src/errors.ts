import { DbjobqError, StorageError, type StorageErrorCode } from '@dbjobq/core/storage'
import { schemaOutdated } from '@dbjobq/storage-sql'

interface Meaning {
  code: StorageErrorCode
  message: string
  retryable: boolean
  /** Default `no`: what fails is rolled back. */
  applied?: 'unknown'
}

/** By the beginning of SQLite's extended result code; the first that fits. */
const meanings: [string, Meaning][] = [
  ['SQLITE_BUSY', { code: 'CONTENTION', message: 'Other connections held the write lock for longer than callTimeout.', retryable: true }],
  ['SQLITE_LOCKED', { code: 'CONTENTION', message: 'Another statement held a table for longer than callTimeout.', retryable: true }],
  ['SQLITE_FULL', { code: 'STORAGE_FULL', message: 'The disk is full, or max_page_count is reached. Make room.', retryable: true }],
  [
    'SQLITE_READONLY_DBMOVED',
    { code: 'UNAVAILABLE', message: 'The database file was moved or deleted while it was open.', retryable: true },
  ],
  [
    'SQLITE_READONLY',
    { code: 'READ_ONLY', message: 'The database file or its folder cannot be written by this process.', retryable: false },
  ],
  ['SQLITE_CANTOPEN', { code: 'UNAVAILABLE', message: 'The database file cannot be opened or created.', retryable: true }],
  ['SQLITE_NOTADB', { code: 'UNAVAILABLE', message: 'The file is not an SQLite database (or it is encrypted).', retryable: false }],
  ['SQLITE_CORRUPT', { code: 'UNAVAILABLE', message: 'The database file is damaged. Restore it from a backup.', retryable: false }],
  ['SQLITE_IOERR', { code: 'UNAVAILABLE', message: 'Reading or writing the database file failed.', retryable: true, applied: 'unknown' }],
  ['SQLITE_PERM', { code: 'FORBIDDEN', message: 'The operating system forbids access to the database file.', retryable: false }],
  ['SQLITE_AUTH', { code: 'FORBIDDEN', message: 'SQLite was told to forbid this statement.', retryable: false }],
  ['SQLITE_TOOBIG', { code: 'TOO_LARGE', message: 'A text is larger than SQLite takes.', retryable: false }],
]

/** What `work` throws leaves as a `StorageError`. */
export function typed<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw toStorageError(error)
  }
}

export function closed(): StorageError {
  return new StorageError('UNAVAILABLE', 'This SqliteStorage is closed. Open another one.', { retryable: false, applied: 'no' })
}

export function toStorageError(error: unknown): DbjobqError {
  if (DbjobqError.isInstance(error)) return error
  const said = error instanceof Error ? error.message : String(error)
  const driverCode = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (driverCode === 'SQLITE_ERROR' && /^no such (table|column)|has no column named/.test(said)) return schemaOutdated(error)
  // The driver looks for the folder itself and throws a TypeError without a code.
  if (error instanceof TypeError && said.includes('directory does not exist')) {
    return failure(
      { code: 'UNAVAILABLE', message: 'The folder of the database file does not exist. Create it.', retryable: true },
      said,
      error,
    )
  }
  const [, meaning] = meanings.find(([beginning]) => driverCode.startsWith(beginning)) ?? []
  return failure(meaning ?? { code: 'STORAGE_FAILED', message: 'SQLite refused a statement.', retryable: false }, said, error)
}

function failure({ code, message, retryable, applied }: Meaning, said: string, cause: unknown): StorageError {
  return new StorageError(code, `${message} SQLite says: ${said}`, { retryable, applied: applied ?? 'no', cause })
}
