import { StorageError, type StorageErrorCode } from '@dbjobq/core/storage'

interface Verdict {
  code: StorageErrorCode
  what: string
  /** The same call may go through later. */
  retryable?: boolean
  /** The write may be there nevertheless. */
  unknown?: boolean
}

const notPrimary: Verdict = { code: 'UNAVAILABLE', what: 'The server is not the primary (any more).', retryable: true }
const interrupted: Verdict = {
  code: 'UNAVAILABLE',
  what: 'The server shut down or changed its state meanwhile.',
  retryable: true,
  unknown: true,
}
const contention: Verdict = { code: 'CONTENTION', what: 'Other writers were in the way.', retryable: true }
const tooSlow: Verdict = { code: 'TIMEOUT', what: 'The server did not finish in time.', retryable: true, unknown: true }
const noMajority: Verdict = {
  code: 'UNAVAILABLE',
  what: 'No majority of the replica set confirmed the write.',
  retryable: true,
  unknown: true,
}
const forbidden: Verdict = { code: 'FORBIDDEN', what: 'The user or password is wrong, or a right is missing.' }
const tooLarge: Verdict = { code: 'TOO_LARGE', what: 'A document or message is larger than the server takes (16 MiB).' }
const readOnly: Verdict = { code: 'READ_ONLY', what: 'The server takes no writes.', retryable: true }

const lost: Verdict = { code: 'UNAVAILABLE', what: 'The connection was lost.', retryable: true, unknown: true }
const left: Verdict = { code: 'UNAVAILABLE', what: 'The server is no longer one of those that are used.', retryable: true }

const byCode = new Map<unknown, Verdict>([
  ...([10107, 13435, 10058] as const).map((code) => [code, notPrimary] as const),
  ...([91, 189, 11600, 11602] as const).map((code) => [code, interrupted] as const),
  // WriteConflict, LockTimeout, LockBusy, transaction too old or gone, snapshot gone, other index builds; a duplicate key here is a race of upserts.
  ...([112, 24, 46, 225, 251, 246, 239, 117, 276, 11000] as const).map((code) => [code, contention] as const),
  ...([50, 262] as const).map((code) => [code, tooSlow] as const),
  ...([64, 79, 100] as const).map((code) => [code, noMajority] as const),
  ...([13, 18, 33, 8000] as const).map((code) => [code, forbidden] as const),
  ...([10334, 17419, 17420, 17280] as const).map((code) => [code, tooLarge] as const),
  ...([371] as const).map((code) => [code, readOnly] as const),
  // Of the socket itself: the driver passes on what a write meets that comes after the server's end and before the driver saw it.
  ...(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END'] as const).map((code) => [code, lost] as const),
  [14031, { code: 'STORAGE_FULL', what: 'The server has no disk space left.', retryable: true }],
  [20, { code: 'UNSUPPORTED', what: 'The server refuses this operation; a standalone has no transactions.' }],
])

/** Errors of any copy of the driver are told by their names. */
const byName = new Map<string, Verdict>([
  [
    'MongoServerSelectionError',
    { code: 'UNAVAILABLE', what: 'No primary could be reached. Is the server up, and the URL right?', retryable: true },
  ],
  ['MongoNetworkError', lost],
  ['MongoNetworkTimeoutError', { code: 'UNAVAILABLE', what: 'The connection was silent for too long.', retryable: true, unknown: true }],
  ['MongoPoolClearedError', { code: 'UNAVAILABLE', what: 'The connection pool was cleared.', retryable: true }],
  ['MongoWaitQueueTimeoutError', { code: 'UNAVAILABLE', what: 'No connection of the pool came free in time.', retryable: true }],
  // Of a server that left the set while a call to it waited for a connection; of a client that was closed, the next attempt tells.
  ...['MongoPoolClosedError', 'MongoServerClosedError'].map((name) => [name, left] as const),
  ['MongoTopologyClosedError', { code: 'UNAVAILABLE', what: 'The MongoClient is closed.' }],
  // A call that was under way when the client was closed.
  ['MongoExpiredSessionError', { code: 'UNAVAILABLE', what: 'The MongoClient is closed.', unknown: true }],
  ['MongoClientClosedError', { code: 'UNAVAILABLE', what: 'The MongoClient is closed.' }],
  ['MongoNotConnectedError', { code: 'UNAVAILABLE', what: 'The MongoClient is closed.' }],
])

export function toStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error
  const verdict = judge(error)
  const reason = error instanceof Error ? error.message : String(error)
  return new StorageError(verdict.code, `${verdict.what} ${reason}`, {
    retryable: verdict.retryable ?? false,
    applied: (verdict.unknown ?? false) ? 'unknown' : 'no',
    cause: error,
  })
}

export function isDuplicateKey(error: unknown): boolean {
  return codeOf(error) === 11000
}

/** The client was closed, or its first connect failed. */
export function isTopologyClosed(error: unknown): boolean {
  return error instanceof Error && error.name === 'MongoTopologyClosedError'
}

export function storageError(code: StorageErrorCode, message: string, applied: 'no' | 'unknown' = 'no'): StorageError {
  return new StorageError(code, message, { retryable: code === 'CONTENTION' || applied === 'unknown', applied })
}

function judge(error: unknown): Verdict {
  const code = codeOf(error)
  const name = error instanceof Error ? error.name : ''
  // A commit whose answer was lost carries this label; whatever its code, the transaction may be there.
  if (hasLabel(error, 'UnknownTransactionCommitResult')) return { ...(byCode.get(code) ?? interrupted), unknown: true, retryable: true }
  const verdict = byCode.get(code) ?? byName.get(name)
  if (verdict) return verdict
  if (hasLabel(error, 'TransientTransactionError')) return contention
  if (name === 'MongoWriteConcernError') return noMajority
  // The driver refuses what it cannot put into a message in these words.
  if (error instanceof RangeError || (error instanceof Error && /larger than the maximum size|too large/i.test(error.message)))
    return tooLarge
  return { code: 'STORAGE_FAILED', what: 'The driver reported:', unknown: code === undefined }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}

function hasLabel(error: unknown, label: string): boolean {
  const labelled = error as { hasErrorLabel?: (label: string) => boolean } | null
  return typeof labelled?.hasErrorLabel === 'function' && labelled.hasErrorLabel(label)
}
