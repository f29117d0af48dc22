import { DbjobqError, StorageError, type StorageErrorCode } from '@dbjobq/core/storage'
import { schemaOutdated } from '@dbjobq/storage-sql'

interface Meaning {
  code: StorageErrorCode
  message: string
  retryable: boolean
}

const unavailable: Meaning = {
  code: 'UNAVAILABLE',
  message: 'PostgreSQL cannot be reached, or ended the connection. Check the URL and whether the server is up.',
  retryable: true,
}
const contention: Meaning = {
  code: 'CONTENTION',
  message: 'Other transactions were in the way (deadlock, lock or snapshot).',
  retryable: true,
}
const forbidden: Meaning = {
  code: 'FORBIDDEN',
  message: 'PostgreSQL refused the user, the password or a missing right. Check the URL. Grant what docs/operating.md lists:',
  retryable: false,
}
const full: Meaning = { code: 'STORAGE_FULL', message: 'PostgreSQL has no disk space left.', retryable: true }
const tooLarge: Meaning = { code: 'TOO_LARGE', message: 'PostgreSQL refused the size of a row or a message.', retryable: false }
const timeout: Meaning = {
  code: 'TIMEOUT',
  message: 'PostgreSQL cancelled the statement (statement_timeout, or by hand).',
  retryable: true,
}
const poolFull: Meaning = {
  code: 'TIMEOUT',
  message: 'No connection of the pool came free in time. Give it more (`pool.max`), or hold transactions for a shorter time.',
  retryable: true,
}
const readOnly: Meaning = {
  code: 'READ_ONLY',
  message: 'This PostgreSQL takes no writes (a standby, or a read-only default).',
  retryable: true,
}
const failed: Meaning = { code: 'STORAGE_FAILED', message: 'PostgreSQL reported an error; see `cause`.', retryable: false }

/** By SQLSTATE, whole or its class. */
const meanings: Record<string, Meaning> = {
  '08': unavailable,
  '3D000': unavailable, // the database does not exist
  '53300': unavailable, // too many connections
  '57P01': unavailable,
  '57P02': unavailable,
  '57P03': unavailable,
  '57P05': unavailable,
  '25P03': unavailable, // idle in transaction for too long
  '40001': contention,
  '40P01': contention,
  '55P03': contention,
  '28': forbidden,
  '42501': forbidden,
  '53100': full,
  '54': tooLarge,
  '57014': timeout,
  '25006': readOnly,
}
/** No table, no schema, no column. */
const outdated = ['42P01', '3F000', '42703']
/** The server may have committed before these. */
const answerLost = ['08', '57P01', '57P02', '40003']

/** `sent`: whether a statement was under way, so that without an answer of the server its effect is not known. */
export function toStorageError(error: unknown, sent: boolean): DbjobqError {
  if (DbjobqError.isInstance(error)) return error
  const { code, name, message } = Object(error) as { code?: unknown; name?: unknown; message?: unknown }
  const text = String(message)
  const state = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('E') ? code : undefined
  if (state !== undefined && outdated.includes(state)) return schemaOutdated(error)
  const applied = sent && (state === undefined ? !isRefusal(text) : answerLost.some((lost) => state.startsWith(lost))) ? 'unknown' : 'no'
  const meaning = meaningOf(state, name, text)
  // Only the server's own words name the right, and on what.
  const told = meaning === forbidden ? `${meaning.message} ${text}` : meaning.message
  return new StorageError(meaning.code, told, { retryable: meaning.retryable, applied, cause: error })
}

function meaningOf(state: string | undefined, name: unknown, text: string): Meaning {
  if (state === undefined) {
    if (name === 'KnexTimeoutError') return poolFull
    // pg complains so of a password that is missing where one is asked for.
    if (text.startsWith('SASL:')) return forbidden
    // All else that has no SQLSTATE came from the socket: ECONNREFUSED, "Connection terminated", "not queryable" …
    return isRefusal(text) ? tooLarge : isProgramError(name) ? failed : unavailable
  }
  if (isRefusal(text)) return tooLarge
  return meanings[state] ?? meanings[state.slice(0, 2)] ?? failed
}

/** Of a text past 1 GB: by the server, or by the driver's own buffer. */
function isRefusal(text: string): boolean {
  return text.startsWith('invalid memory alloc request size') || text.startsWith('Invalid string length')
}

function isProgramError(name: unknown): boolean {
  return name === 'TypeError' || name === 'RangeError' || name === 'ReferenceError'
}
