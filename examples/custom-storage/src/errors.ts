import { DbjobqError, StorageError, type StorageErrorCode } from '@dbjobq/core/storage'

const codes: Record<string, StorageErrorCode> = {
  ENOENT: 'UNAVAILABLE',
  ENOTDIR: 'UNAVAILABLE',
  EACCES: 'FORBIDDEN',
  EPERM: 'FORBIDDEN',
  EROFS: 'READ_ONLY',
  ENOSPC: 'STORAGE_FULL',
  EDQUOT: 'STORAGE_FULL',
}

export const hasCode = (error: unknown, code: string) => error instanceof Error && 'code' in error && error.code === code

/** For what will be refused again, however often it is tried. */
export function refusal(code: StorageErrorCode, message: string): StorageError {
  return new StorageError(code, message, { retryable: false, applied: 'no' })
}

/** Gives an error of the file system its code; those that have one pass. */
export function storageErrorOf(error: unknown, path: string, applied: 'no' | 'unknown'): unknown {
  if (DbjobqError.isInstance(error)) return error
  const known = Object.keys(codes).find((code) => hasCode(error, code))
  const code = known === undefined ? 'STORAGE_FAILED' : (codes[known] ?? 'STORAGE_FAILED')
  const reason = error instanceof Error ? error.message : String(error)
  const retryable = code === 'UNAVAILABLE' || code === 'STORAGE_FULL'
  return new StorageError(code, `The queue file ${path} cannot be used: ${reason}`, { retryable, applied, cause: error })
}
