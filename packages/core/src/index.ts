export { DbjobqError, StorageError, type ErrorCode, type StorageErrorCode } from './model/errors.js'
