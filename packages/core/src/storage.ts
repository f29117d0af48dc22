/** For those who write a storage: the contract, its error, and the name rules. */
export * from './model/storage.js'
export { DbjobqError, StorageError, type ErrorCode, type StorageErrorCode } from './model/errors.js'
