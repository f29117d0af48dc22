import { DbjobqError } from '../../model/errors.js'
import type { BulkAnswer, BulkOperations, BulkOptions, BulkRetried } from './bulk.js'
import type { BulkFilter } from './bulk-filter.js'
import type { JobEditor } from './job-changes.js'
import type { JobOperations, JobPage, ListOptions } from './job-operations.js'
import { checkQuery, type JobQuery } from './job-query.js'

/** Of dead letters: they are all `failed`. */
export type DeadLetterFilter = Omit<JobQuery, 'status'>

interface Rooms {
  operations: JobOperations
  editor: JobEditor
  bulk: BulkOperations
}

/** Jobs that failed for good: their retries are used up, or nothing would have helped. Kept for 30 days, or as `retention.failed` says. */
export class DeadLetters {
  readonly #rooms: Rooms

  constructor(rooms: Rooms) {
    this.#rooms = rooms
  }

  /**
   * A page of them, the newest first.
   * @throws DbjobqError `INVALID_OPTION`, `INVALID_NAME`
   */
  list<Input, Output, Result>(options: Omit<ListOptions<Input, Output, Result>, 'status' | 'order'> = {}): Promise<JobPage<Input, Result>> {
    refuse('deadLetters.list', options, 'status', 'order')
    return this.#rooms.operations.listJobs('deadLetters.list', { ...options, status: ['failed'] })
  }

  /**
   * Runs it again: now, with all its retries, under its unique key if it had one. Its errors are kept.
   * @throws DbjobqError `JOB_NOT_FOUND`, `JOB_STATE` when it is not failed, `UNIQUE_KEY_HELD` with the `holder`
   */
  retry(id: string): Promise<void> {
    return this.#rooms.operations.retry(id, ['failed'])
  }

  /** As `retry`, for all that match, in batches of 500. Default: every one. */
  async retryAll(filter: DeadLetterFilter = {}, options: BulkOptions = {}): Promise<BulkRetried> {
    const where = 'deadLetters.retryAll'
    return this.#rooms.bulk.retry(failed(where, filter), options, { where, from: ['failed'] })
  }

  /**
   * Deletes it for good. False: there was none.
   * @throws DbjobqError `JOB_STATE` when it is not failed
   */
  discard(id: string): Promise<boolean> {
    return this.#rooms.editor.delete(id, 'failed')
  }

  /** Deletes all that match, in batches of 500. Default: every one. */
  async discardAll(filter: DeadLetterFilter = {}, options: BulkOptions = {}): Promise<BulkAnswer> {
    return this.#rooms.bulk.delete(failed('deadLetters.discardAll', filter), options, 'deadLetters.discardAll')
  }
}

function failed(where: string, filter: DeadLetterFilter): BulkFilter {
  refuse(where, filter, 'status', 'all')
  // Spread, what is no object would be an empty filter.
  checkQuery(where, filter)
  return { ...filter, status: ['failed'] }
}

function refuse(where: string, options: unknown, ...names: string[]): void {
  const name = typeof options === 'object' && options !== null ? names.find((one) => one in options) : undefined
  if (name !== undefined)
    throw new DbjobqError('INVALID_OPTION', `${where} has no option ${name}: it is about failed jobs, the newest first.`)
}
