import { anInteger, checkOptions } from '../../model/check.js'
import { aSignal } from '../../model/signal.js'
import type { JobFilter, JobRow, JobStatus, JobUpdate } from '../../model/storage.js'
import { hintsOf } from '../hints.js'
import type { Store } from '../store.js'
import { bulkBatch, bulkFilter, pagesOf, type BulkFilter } from './bulk-filter.js'
import { checkChanges, planning, type PlanChanges } from './job-changes.js'
import { looks } from './job-operations.js'
import { statuses, waiting } from './job-query.js'
import { cancelling, retrying } from './transitions.js'

export interface BulkOptions {
  /** Change at most so many, the newest first; 1 to 1,000,000,000. Default: no limit. */
  limit?: number
  /** Looked at before each batch of 500: what is done by then stays done, and the call rejects with the signal's reason. */
  signal?: AbortSignal
}

export interface BulkAnswer {
  /** Jobs looked at. */
  matched: number
  changed: number
  /** In a status to which it cannot be done, or changed by others at that moment. */
  skipped: number
}

export interface BulkCancelled extends BulkAnswer {
  /** Of those changed: running ones, which were asked to end. */
  requested: number
}

export interface BulkRetried extends BulkAnswer {
  /** Not retried, since another job holds their unique key. */
  keyHeld: number
  /** Which ones, at most 100. */
  keyHeldIds: string[]
}

type Tally = BulkCancelled & BulkRetried
const idsTold = 100

/** What can be done with many jobs: in batches of 500, each read and written by one call, in bounded memory. */
export class BulkOperations {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async cancel(filter: BulkFilter, options: BulkOptions): Promise<BulkCancelled> {
    const usual = [...waiting, 'running' as const]
    const {
      keyHeld: _,
      keyHeldIds: __,
      ...answer
    } = await this.#run('cancelJobs', filter, options, usual, (now) => async (rows, tally) => {
      await this.#update(
        rows,
        (row) => cancelling(row, now),
        tally,
        ({ id, status }) => {
          if (status !== 'running') {
            this.#store.hints.tellEnd(id)
            return
          }
          tally.requested++
          this.#store.hints.send({ kind: 'cancel', id })
        },
      )
    })
    return answer
  }

  async retry(
    filter: BulkFilter,
    options: BulkOptions,
    { where = 'retryJobs', from = ['failed', 'cancelled'] }: { where?: string; from?: JobStatus[] } = {},
  ): Promise<BulkRetried> {
    const { requested: _, ...answer } = await this.#run(where, filter, options, ['failed'], (now) => async (rows, tally) => {
      const queues = new Set<string>()
      const change = (row: JobRow) => (from.includes(row.status) ? retrying(row, from, now) : undefined)
      await this.#update(rows, change, tally, ({ queue }) => queues.add(queue))
      for (const queue of queues) this.#store.hints.send({ kind: 'runnable', queue, runAt: 0 })
    })
    return answer
  }

  async update(filter: BulkFilter, changes: PlanChanges, options: BulkOptions): Promise<BulkAnswer> {
    checkChanges('updateJobs', changes)
    const usual = [...waiting, 'running' as const]
    const { matched, changed, skipped } = await this.#run('updateJobs', filter, options, usual, (now) => async (rows, tally) => {
      const updated: JobRow[] = []
      const change = (row: JobRow) => (waiting.includes(row.status) ? planning(row, changes, now) : undefined)
      await this.#update(rows, change, tally, (row, { set }) => updated.push({ ...row, ...set }))
      for (const hint of hintsOf(updated)) this.#store.hints.send(hint)
    })
    return { matched, changed, skipped }
  }

  async delete(filter: BulkFilter, options: BulkOptions, where = 'deleteJobs'): Promise<BulkAnswer> {
    const { matched, changed, skipped } = await this.#run(where, filter, options, statuses, (_, { status }) => async (rows, tally) => {
      const ids = rows.filter(({ status }) => status !== 'running').map(({ id }) => id)
      // By now another process may have had it run again.
      const deleted = ids.length === 0 ? [] : await this.#store.storage.deleteJobs(ids, status ? { from: status } : {})
      for (const id of deleted) this.#store.hints.tellEnd(id)
      tally.changed += deleted.length
      tally.skipped += rows.length - deleted.length
    })
    return { matched, changed, skipped }
  }

  /** `usual`: the statuses looked at when neither statuses nor ids are asked for, so that what cannot apply is not even read. */
  async #run(
    where: string,
    filter: BulkFilter,
    options: BulkOptions,
    usual: JobStatus[],
    begin: (now: number, scope: JobFilter) => (rows: JobRow[], tally: Tally) => Promise<void>,
  ): Promise<Tally> {
    const asked = bulkFilter(where, filter)
    checkOptions(where, options, { limit: anInteger(1, 1_000_000_000), signal: aSignal })
    const { limit = Number.POSITIVE_INFINITY, signal } = options
    signal?.throwIfAborted()
    await this.#store.ready()
    const scope: JobFilter = asked.status || asked.ids ? asked : { ...asked, status: usual }
    const tally: Tally = { matched: 0, changed: 0, skipped: 0, requested: 0, keyHeld: 0, keyHeldIds: [] }
    // One time for all: those retried keep their order.
    const handle = begin(this.#store.clock.now(), scope)
    for await (const rows of pagesOf(this.#store.storage, scope, () => Math.min(bulkBatch, limit - tally.changed), signal)) {
      tally.matched += rows.length
      await handle(rows, tally)
    }
    return tally
  }

  /** Writes a batch; those that others changed in between are read and tried again, ever fewer, a bounded number of times. */
  async #update(
    batch: JobRow[],
    change: (row: JobRow) => JobUpdate | undefined,
    tally: Tally,
    onChanged: (row: JobRow, update: JobUpdate) => void,
  ): Promise<void> {
    let rows = batch
    for (let look = 0; look < looks && rows.length > 0; look++) {
      const updates = rows.flatMap((row) => change(row) ?? [])
      const answers = updates.length === 0 ? [] : await this.#store.storage.updateJobs(updates)
      const byId = new Map(rows.map((row) => [row.id, row]))
      const stale: string[] = []
      for (const [index, update] of updates.entries()) {
        const row = byId.get(update.id)
        if (answers[index] === 'stale') stale.push(update.id)
        else if (answers[index] === 'keyTaken') {
          if (++tally.keyHeld <= idsTold) tally.keyHeldIds.push(update.id)
        } else if (row) {
          tally.changed++
          onChanged(row, update)
        }
      }
      tally.skipped += rows.length - updates.length
      if (stale.length === 0) return
      rows = await this.#store.storage.findJobs({ ids: stale }, { limit: stale.length, summary: true })
      // Pruned or deleted by others.
      tally.skipped += stale.length - rows.length
    }
    tally.skipped += rows.length
  }
}
