import { StorageError, type StorageErrorCode } from '@dbjobq/core/storage'
import { schemaOutdated } from '@dbjobq/storage-sql'

/** Deadlock, lock wait, NOWAIT, changed since the snapshot (MariaDB 11), certification failed in a cluster. */
const contention = [1213, 1205, 3572, 1020, 3101]
/** Of the client's and of the server's side: the network, a killed session, a shutdown, too many connections, no such database. */
const unavailable = [1040, 1047, 1049, 1053, 1080, 1129, 1152, 1158, 1159, 1160, 1161, 1184, 1203, 1226, 1317, 1927, 3169, 4031]
const forbidden = [1044, 1045, 1130, 1142, 1143, 1227, 1251, 1370, 1698, 1820, 1862, 3118, 3159]
const readOnly = [1290, 1792, 1836]
const storageFull = [1021, 1114]
const tooLarge = [1118, 1153, 1301]
const schema = [1054, 1146]
const timeout = [1969, 3024]

const byNumber = new Map<number, StorageErrorCode>(
  (
    [
      ['CONTENTION', contention],
      ['UNAVAILABLE', unavailable],
      ['FORBIDDEN', forbidden],
      ['READ_ONLY', readOnly],
      ['STORAGE_FULL', storageFull],
      ['TOO_LARGE', tooLarge],
      ['SCHEMA_OUTDATED', schema],
      ['TIMEOUT', timeout],
    ] as const
  ).flatMap(([code, numbers]) => numbers.map((number) => [number, code] as const)),
)

const advice: Record<StorageErrorCode, string> = {
  CONTENTION: 'Other transactions held the same rows longer than this call was retried.',
  UNAVAILABLE: 'The database cannot be reached, or the connection was lost. Check the URL, and whether the server runs.',
  FORBIDDEN: 'The database refused the user, the password or a right. Check the URL and what was granted.',
  READ_ONLY: 'The database takes no writes now: a replica, or in read-only mode.',
  STORAGE_FULL: 'The disk or the table space of the database is full.',
  TOO_LARGE: 'The database refused the size. Raise max_allowed_packet to at least 16 MiB, or send less at once.',
  TIMEOUT: 'A statement took longer than the database allows, or no connection of the pool came free.',
  SCHEMA_OUTDATED: '',
  SCHEMA_TOO_NEW: '',
  INVALID_TX: '',
  UNSUPPORTED: '',
  STORAGE_FAILED: 'The database reported an error that dbjobq does not know.',
}

/** A call that was refused for good would be refused again. */
const final = new Set<StorageErrorCode>(['FORBIDDEN', 'TOO_LARGE', 'STORAGE_FAILED'])

interface DriverError {
  name: string
  message: string
  errno?: unknown
  code?: unknown
  fatal?: unknown
}

/**
 * What any failure of driver and pool becomes; a `DbjobqError` stays as it is.
 * `mayHaveWritten`: something was sent that takes effect even if its answer was lost.
 */
export function toStorageError(error: unknown, mayHaveWritten: boolean): Error {
  if (StorageError.isInstance(error)) return error
  const cause: DriverError = error instanceof Error ? error : new Error(String(error))
  const code = codeOf(cause)
  if (code === 'SCHEMA_OUTDATED') return schemaOutdated(error)
  const isAnswerLost = mayHaveWritten && (code === 'UNAVAILABLE' || code === 'TIMEOUT')
  return new StorageError(code, `${advice[code]} (${cause.message})`, {
    retryable: !final.has(code),
    applied: isAnswerLost ? 'unknown' : 'no',
    cause: error,
  })
}

/** A unique index was in the way: the statement is undone, the transaction goes on. */
export function isDuplicateKey(error: unknown): boolean {
  return numberOf(error) === 1062
}

/** A table or a column is not there. */
export function isOfSchema(error: unknown): boolean {
  const number = numberOf(error)
  return typeof number === 'number' && schema.includes(number)
}

function numberOf(error: unknown): unknown {
  return error instanceof Error && 'errno' in error ? error.errno : undefined
}

function codeOf({ name, errno, code, fatal, message }: DriverError): StorageErrorCode {
  const known = typeof errno === 'number' ? byNumber.get(errno) : undefined
  if (known) return known
  // Galera ends the loser of a conflict between nodes under several numbers.
  if (/wsrep.*abort/i.test(message)) return 'CONTENTION'
  if (/No space left|errno: 28\b/.test(message)) return 'STORAGE_FULL'
  if (name === 'KnexTimeoutError') return 'TIMEOUT'
  return (typeof errno !== 'number' || errno < 0) && isOfNetwork({ code, fatal, message }) ? 'UNAVAILABLE' : 'STORAGE_FAILED'
}

/** System errors (ECONNREFUSED) have a code; what is asked of a connection after it was lost, or of a pool after it was closed, has only words. */
function isOfNetwork({ code, fatal, message }: Pick<DriverError, 'code' | 'fatal' | 'message'>): boolean {
  return (
    fatal === true ||
    (typeof code === 'string' && /^(E[A-Z]+|PROTOCOL_\w+)$/.test(code)) ||
    /in closed state|Unable to acquire a connection|^aborted$/.test(message)
  )
}
