import assert from 'node:assert/strict'
import { DbjobqError, type StorageErrorCode } from '@dbjobq/core/storage'

/** What the call rejects with; fails when it resolves. */
export async function rejectionOf(call: Promise<unknown>, what: string): Promise<unknown> {
  try {
    await call
  } catch (error) {
    return error
  }
  assert.fail(`${what} should have been rejected`)
}

/** Fails unless the error is a whole `StorageError` with one of these codes. */
export function checkStorageError(error: unknown, codes: StorageErrorCode[], what: string): void {
  assert.ok(DbjobqError.isInstance(error), `${what} was rejected with something that is no StorageError: ${String(error)}`)
  assert.ok(
    codes.includes(error.code as StorageErrorCode),
    `${what} was rejected with ${error.code}, not ${codes.join(' or ')}: ${error.message}`,
  )
  // Read as it comes: what an adapter throws may look like a StorageError and not be whole.
  const { retryable, applied, message }: { retryable?: unknown; applied?: unknown; message: string } = error
  assert.equal(typeof retryable, 'boolean', `${what}: retryable`)
  assert.ok(applied === 'no' || applied === 'unknown', `${what}: applied is ${String(applied)}`)
  assert.notEqual(message, '', `${what}: the message is empty`)
}

export async function expectStorageError(call: Promise<unknown>, code: StorageErrorCode, what: string): Promise<void> {
  checkStorageError(await rejectionOf(call, what), [code], what)
}
