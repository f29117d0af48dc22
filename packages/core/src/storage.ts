/** For those who write a storage: the contract, its error, and the bookkeeping of those who listen for hints. */
export * from './model/storage.js'
export { HintListeners } from './model/hint-listeners.js'
export { DbjobqError, StorageError, type ErrorCode, type StorageErrorCode } from './model/errors.js'
