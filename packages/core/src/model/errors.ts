/** Codes that a storage may answer with. */
export type StorageErrorCode =
  | 'UNSUPPORTED' // this store cannot do it (a transaction on a MongoDB standalone)
  | 'INVALID_TX' // what was given as `tx` is not an open transaction of this store
  | 'CONTENTION' // deadlocks or locks outlasted the bounded retries
  | 'TIMEOUT' // the call took longer than `callTimeout`
  | 'UNAVAILABLE' // no connection: wrong URL, server down, connection lost
  | 'READ_ONLY'
  | 'STORAGE_FULL'
  | 'TOO_LARGE' // the server refused the size of a row or a message
  | 'SCHEMA_OUTDATED' // never migrated, or older than the code
  | 'SCHEMA_TOO_NEW' // migrated by newer code
  | 'FORBIDDEN' // wrong password, or a right is missing
  | 'STORAGE_FAILED' // the driver reported something else; see `cause`

/** Codes that core answers with. */
export type ErrorCode =
  | StorageErrorCode
  | 'INVALID_OPTION' // an unknown option, a wrong type, a value out of its range
  | 'INVALID_DURATION'
  | 'INVALID_DATE'
  | 'INVALID_NAME'
  | 'INVALID_PAYLOAD' // data or result that would not come back the same
  | 'PAYLOAD_TOO_LARGE'
  | 'VALIDATION_FAILED' // the job's schema refused the data, or the result
  | 'DUPLICATE_JOB_TYPE' // two handlers for one type
  | 'JOB_NOT_FOUND'
  | 'JOB_STATE' // the job is not in a status that allows this
  | 'UNIQUE_KEY_HELD'
  | 'INVALID_CRON' // not a cron expression, or one that never fires
  | 'INVALID_TIMEZONE'
  | 'SCHEDULE_NOT_FOUND'
  | 'SCHEDULE_UNREADABLE' // stored by newer code
  | 'SCHEDULE_TICKS_DROPPED' // more were missed than `maxMissed`
  | 'QUEUE_CLOSED'
  | 'QUEUE_NOT_READY' // enqueueSync before the queue has connected
  | 'WORKER_STATE' // started twice, or used after it stopped
  | 'LEASE_LOST' // this worker no longer holds the job
  | 'JOB_TIMEOUT'
  | 'JOB_CANCELLED'
  | 'SHUTDOWN'
  | 'JOB_FAILED' // `waitFor`: the job failed for good
  | 'WAIT_TIMEOUT' // `waitFor`: the job had not ended in time
  | 'TOO_MANY_RUNS' // `runJobs`: jobs seem to enqueue each other for ever
  | 'WORKER_LOST' // the process that ran the job is gone
  | 'COMPLETION_NOT_COMMITTED' // the transaction that held the completion was rolled back

const marker = Symbol.for('dbjobq.error')

/** What every failure of dbjobq is. `code` is stable; `message` says what was wrong and what to do, and may change; `cause` is the driver's own error. */
export class DbjobqError extends Error {
  readonly code: ErrorCode
  /** With `UNIQUE_KEY_HELD`: the id of the job that holds the key, if it still did when it was looked for. */
  declare readonly holder?: string
  readonly [marker] = true

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; holder?: string | undefined } = {}) {
    super(message, options)
    this.name = 'DbjobqError'
    this.code = code
    if (options.holder !== undefined) this.holder = options.holder
  }

  /** True for a `DbjobqError` of any copy of this package in the process; with `code`, only for that code. */
  static isInstance(error: unknown, code?: ErrorCode): error is DbjobqError {
    return typeof error === 'object' && error !== null && marker in error && (code === undefined || (error as DbjobqError).code === code)
  }
}

/** What a storage rejects with. */
export class StorageError extends DbjobqError {
  declare readonly code: StorageErrorCode
  /** The same call may succeed later without a change. */
  readonly retryable: boolean
  /** `no`: nothing was written. `unknown`: the answer was lost, the write may be there. */
  readonly applied: 'no' | 'unknown'

  constructor(code: StorageErrorCode, message: string, options: { retryable: boolean; applied: 'no' | 'unknown'; cause?: unknown }) {
    super(code, message, options)
    this.name = 'StorageError'
    this.retryable = options.retryable
    this.applied = options.applied
  }
}
