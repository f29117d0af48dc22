/**
 * The storage contract: what any store must do atomically and in batches, and nothing else.
 *
 * Core decides, storage obeys: every value written is computed by core; a storage only guards and writes it.
 * Each `MUST(id)` is proved by at least one case of `@dbjobq/storage-conformance` that names the id.
 *
 * It is frozen as version 1: what may change and how stands in docs/contract.md.
 *
 * What core keeps in every call, so that no storage has to check it:
 * - A call carries at most `maxRowsPerCall` rows, `maxRowsPerCall` values in a list and `maxBytesPerCall` of text. A limit is a whole number
 *   from 0 to `maxRowsPerCall`, one more for a page; `scanLimit` and that of `findOrphans` may be greater.
 * - Every time is epoch milliseconds, an integer from 0 to 8,640,000,000,000,000, what a `Date` holds.
 * - Texts are well-formed Unicode without NUL. Each opaque one is at most 1 MiB of UTF-8.
 * - Names (queue, type, group key, worker, kind) are 1 to 128 of `[A-Za-z0-9._:/@-]`. Ids of jobs and of claims are UUIDs, 36 characters
 *   in lower case. Unique keys are 1 to 128 printable ASCII characters, spaces too; ids of states 1 to 512 of them.
 *   All are compared and ordered byte by byte.
 * - A field that is not meant is left out, never `undefined`.
 *
 * What every call keeps:
 * MUST(calls.empty) do nothing for an empty list, and answer an empty one. MUST(calls.zero) write nothing and answer no rows for a limit of 0;
 * what it says of the rest (`more`, `nextRunAt`, `complete`) is still true.
 * MUST(calls.in-order) treat what stands several times in one call (settlements, marks, updates of one job) as so many calls, one after the other.
 */

export const maxRowsPerCall = 1_000
/** UTF-8 bytes; one job's data (1 MiB), result (1 MiB) and errors fit, and MariaDB's 16 MiB packet holds it even when every byte is escaped. */
export const maxBytesPerCall = 4 * 1024 * 1024

/** The last three are final: only `updateJobs` leads out of them. */
export type JobStatus = 'scheduled' | 'pending' | 'running' | 'completed' | 'failed' | 'cancelled'

export interface NewJob {
  /**
   * UUIDv7 by core, ascending in one process, also when its clock goes back; the time of creation is read from it.
   * Several processes make ids side by side, so a new job may have a smaller id than one that is there.
   */
  id: string
  queue: string
  type: string
  /** Tenant or entity. A filter today; limits and order per key later. */
  groupKey: string | null
  /** -32768 to 32767, higher first. */
  priority: number
  status: 'scheduled' | 'pending'
  runAt: number
  /** Unique among the non-null ones of the store. */
  uniqueKey: string | null
  /** `claim`: `claimJobs` sets `uniqueKey` to null; `settlement`: a settlement with `releaseKey` does. */
  keyUntil: 'claim' | 'settlement'
  /** Opaque text. */
  data: string
  /** Opaque text: core's policy for this job (retries, backoff, timeout, retention, key). */
  options: string
}

export interface JobRow extends Omit<NewJob, 'status'> {
  status: JobStatus
  /** Claims less those given back. */
  attempts: number
  /** Both stay after settling, until the next claim or a settlement with `forgetClaim`. */
  claimId: string | null
  workerId: string | null
  startedAt: number | null
  finishedAt: number | null
  /** `pruneJobs` may remove the row from then on, if its status is final; null = never. */
  deleteAt: number | null
  /** Written by `updateJobs` only, never by claim, mark or settle. */
  cancelRequestedAt: number | null
  progress: string | null
  result: string | null
  errors: string | null
}

/** A claim on one job: `claimId` is fresh for each `claimJobs` call and fences every later write. */
export interface Claim {
  id: string
  claimId: string
}

export interface ClaimRequest {
  claimId: string
  workerId: string
  /** Of all queues together. */
  limit: number
  /** In the order of preference, each at most once. `types`: only these types of that queue. */
  queues: { name: string; limit: number; types?: string[] }[]
}

/** The outcome of one claimed job, as the state machine computed it. Never carries priority, data, progress or cancel: others write those. */
export interface Settlement extends Claim {
  status: Exclude<JobStatus, 'running'>
  runAt: number
  attempts: number
  startedAt: number | null
  finishedAt: number | null
  deleteAt: number | null
  result: string | null
  errors: string | null
  /** `uniqueKey` becomes null, before follow-ups go in. */
  releaseKey: boolean
  /** Rescue: `claimId` and `workerId` become null, so that the late owner is told `lost`. */
  forgetClaim: boolean
  /** Jobs that exist if and only if this settlement does. One whose key is taken is left out. */
  followUps?: NewJob[]
}

export type SettleAnswer = 'settled' | 'cancelRequested' | 'lost'
export type UpdateAnswer = 'updated' | 'stale' | 'keyTaken'
export interface InsertAnswer {
  inserted: boolean
  /** Of the new job, or of the job that holds its unique key. */
  id: string
}

export interface JobUpdate {
  id: string
  /** The statuses in which the write may happen. */
  from: JobStatus[]
  set: Partial<
    Pick<
      JobRow,
      | 'status'
      | 'queue'
      | 'runAt'
      | 'priority'
      | 'data'
      | 'options'
      | 'attempts'
      | 'uniqueKey'
      | 'startedAt'
      | 'finishedAt'
      | 'deleteAt'
      | 'cancelRequestedAt'
      | 'progress'
      | 'result'
      | 'errors'
    >
  >
}

/** What a running job tells: that its handler started, or how far it got. */
export interface Mark extends Claim {
  startedAt?: number
  progress?: string
}

/** All given fields must hold; an empty list matches nothing. Values are values, never operators or patterns. */
export interface JobFilter {
  ids?: string[]
  status?: JobStatus[]
  queue?: string[]
  type?: string[]
  groupKey?: string
  uniqueKey?: string
  workerId?: string
}

/** Keyset paging on the id: `after` is the last id of the page before. */
export interface Page {
  limit: number
  after?: string
  /** By id, so by creation. Default `oldest`. */
  order?: 'oldest' | 'newest'
  /** `data` is '' and `progress`, `result`, `errors` are null in the answer. */
  summary?: boolean
}

export type CountDimension = 'queue' | 'status' | 'type' | 'priority'
export interface Count {
  queue?: string
  status?: JobStatus
  type?: string
  priority?: number
  count: number
  /** Of the rows counted. */
  oldestRunAt: number | null
}

export interface WorkerRow {
  id: string
  leaseUntil: number
  /** Opaque text: what the worker says of itself. */
  info: string
}

export interface Heartbeat {
  workerId: string
  info: string
  now: number
  /** At or before `now`: the worker is removed. */
  leaseUntil: number
  /** True for the beats of a worker that never had an answer: the row is created if it is absent. */
  first: boolean
}
export interface HeartbeatAnswer {
  /** False: the lease is gone (it ran out, or the row is absent). It is never given back to this worker id. */
  alive: boolean
  /** Every running job of this worker; none when not alive. */
  claims: (Claim & { cancelRequested: boolean })[]
}

export interface QueueRow {
  name: string
  pausedAt: number | null
  /** Opaque text. */
  settings: string | null
}

/** A small record with compare-and-set: schedules, circuits, rate buckets. */
export interface State {
  kind: string
  id: string
  /** 1 for a new one, one more with each write. */
  revision: number
  dueAt: number | null
  text: string
}
export interface NewState {
  kind: string
  id: string
  dueAt: number | null
  /** null: the state is deleted. */
  text: string | null
}

export interface StorageInfo {
  /** Of the adapter: `postgres`, `memory` … */
  name: string
  /** Of the server: `PostgreSQL 18.4`. */
  server: string
  /** `tx` is accepted and `transaction` is there. */
  transactions: boolean
  /** Schema versions; found 0 = never migrated. */
  schema: { found: number; wanted: number }
}

/** `up` and `down` are texts that a database administrator can run. */
export interface Migration {
  version: number
  name: string
  up: string
  down: string
  /** After the call; with `dryRun` also as it is now. */
  applied: boolean
}

/** The hint that says nothing in particular: anything may have changed, look everywhere. */
export const anythingChanged = '*'

/**
 * Hints between processes: they may be lost and may come twice. A hint is 1 to 500 printable ASCII characters, spaces too.
 * Core sends one after what it tells of was written; a store that can only see that something was written sends nothing.
 * MUST(wakeups.heard) bring them to those who listen on other storages of the store; to those of the same one they may come or not.
 */
export interface Wakeups {
  send(hints: string[]): Promise<void>
  /**
   * Resolves once hints are heard, unchanged, or as `anythingChanged` in place of any of them; answers the function that ends it.
   * Connects again by itself, and says `anythingChanged` when it does. Core calls again later when it rejects: with `UNSUPPORTED`,
   * if the way to the store carries no hints, after minutes. Nothing of it may keep the process alive after `close()`, which ends all.
   * MUST(wakeups.end) tell nothing any more once the function that ends it has resolved, go on with the others, and be ended twice without an error.
   * `onHint` must not throw and answers at once. MUST(wakeups.listener) let the others hear the hint, and go on, where one throws all the same.
   */
  listen(onHint: (hint: string) => void): Promise<() => Promise<void>>
}

/**
 * `Tx` is the caller's own transaction in the forms that the store takes.
 *
 * Without `tx` a call retries itself whole on deadlocks and conflicts, bounded; it ends within the adapter's `callTimeout`
 * (default 15 s) and frees its connection, but for `migrate` and the work of `transaction`. With `tx` it begins, commits, retries and
 * sets nothing, driver errors pass untouched, and what is not an open transaction of this store is refused with `INVALID_TX`.
 * Everything else is rejected as `StorageError`, whose `applied` is `unknown` wherever the write may be there: also a commit whose answer
 * was lost. A call on a store that was never migrated rejects with `SCHEMA_OUTDATED`.
 *
 * MUST(errors.typed) MUST(errors.unmigrated) MUST(errors.unavailable) MUST(tx.invalid) MUST(tx.rollback) MUST(tx.untouched)
 */
export interface JobStorage<in Tx = never> {
  readonly contractVersion: 1

  /** Connects. MUST(describe.schema) tell the schema found and wanted, 0 for a store never migrated. MUST(describe.too-new) reject with `SCHEMA_TOO_NEW` when found is above wanted. */
  describe(): Promise<StorageInfo>

  /**
   * Brings the schema to version `to` (default the newest; 0 removes everything) and answers all known migrations, oldest first.
   * MUST(migrate.race) be safe when many run it at once, each migration once. MUST(migrate.killed) go on after a migrator was killed; no lock outlives its owner.
   * MUST(migrate.down) undo what it made and nothing else. MUST(migrate.dry-run) write nothing with `dryRun`.
   * MUST(migrate.too-new) reject with `SCHEMA_TOO_NEW` and leave a newer schema as it is.
   * MUST(migrate.unknown) reject with `INVALID_OPTION`, a `DbjobqError`, when `to` is no version that it knows, and write nothing.
   * `callTimeout` does not cut it off: a step takes as long as it takes. It bounds only how long another migrator is waited for, and then
   * it rejects with `CONTENTION`, to be called again.
   */
  migrate(options?: { to?: number; dryRun?: boolean }): Promise<Migration[]>

  /**
   * MUST(close.handed-in) leave a pool that it was handed open. MUST(close.twice) be callable twice, and resolve.
   * MUST(close.refuses) reject every call that comes after it with `UNAVAILABLE`, not retryable, nothing applied: those with `tx`, `transaction`,
   * `sync` and `wakeups` too. MUST(close.under-way) let those under way end, answered or rejected with `UNAVAILABLE`, within `callTimeout`.
   */
  close(): Promise<void>

  /**
   * MUST(time.server) be the clock of the store, not of this process, in whole milliseconds. It may go back, as that clock does when it is set
   * or another server takes over: core asks again now and then, and the storage does nothing about it.
   */
  serverTime(): Promise<number>

  /**
   * Answers in the order given. MUST(insert.order) MUST(insert.faithful) bring every text and number back the same.
   * MUST(insert.key) insert at most one job per unique key, in a race and within one call, and answer the holder's id for the others.
   * MUST(insert.key-released) look again when the holder let go meanwhile, and never answer a holder that does not exist.
   * MUST(insert.repeat) answer `inserted` for an id that is already there, and leave it as it is. MUST(insert.same-id) take of an id that stands
   * twice in one call the first job.
   * MUST(insert.all-or-nothing) write all or none of one call. MUST(insert.tx-not-poisoned) leave the caller's transaction usable after a taken key.
   */
  insertJobs(jobs: NewJob[], options?: { tx?: Tx }): Promise<InsertAnswer[]>

  /**
   * Scheduled jobs with `runAt <= now` become pending, the earliest first, at most `limit`; `runAt` stays. `queues`: those that got one, each once, in no order.
   * `more`: some that are due remain. `nextRunAt`: the earliest still scheduled, null if none.
   * MUST(promote.due) MUST(promote.limit) MUST(promote.next) MUST(promote.once) promote a job once when many call. MUST(promote.outbox) finish what a crash of a settlement or `putState` left half done.
   */
  promoteJobs(request: { now: number; limit: number }): Promise<{ queues: string[]; more: boolean; nextRunAt: number | null }>

  /**
   * Pending jobs become running under `claimId`: attempts + 1, `startedAt` null, `progress` kept, `uniqueKey` null if `keyUntil` is `claim`. `runAt` is not looked at.
   * MUST(claim.pending-only) MUST(claim.exclusive) hand each job to one claimer. MUST(claim.limits) never exceed a limit. MUST(claim.paused) skip paused queues.
   * MUST(claim.order) best rows first within a queue (priority, runAt, id), queues in the order given; a better row may be overlooked for at most 1 s.
   * MUST(claim.fields) MUST(claim.types) MUST(claim.key-until-claim)
   * MUST(claim.more) answer `more: false` only when it saw nothing else free for this request.
   */
  claimJobs(request: ClaimRequest): Promise<{ jobs: JobRow[]; more: boolean }>

  /**
   * Guarded by running and `claimId`, each for itself; answers in the order given. To `scheduled` or `pending` it is refused as `cancelRequested` while a cancel is asked.
   * MUST(settle.fields) write exactly the values given. MUST(settle.fenced) answer `lost` to any other claim and change nothing.
   * MUST(settle.repeat) answer `settled` again to the same claim that settled, whatever it says now, and change nothing; follow-ups not twice.
   * A settlement with `forgetClaim` speaks for another: it is answered `settled` only when it was written now.
   * MUST(settle.cancel) MUST(settle.release-key) MUST(settle.forget-claim)
   * MUST(settle.follow-ups) write each with its follow-ups or not at all; the key it releases is free for them.
   * MUST(settle.batch) settle the others when some are lost. Only with `tx` is the batch one.
   */
  settleJobs(settlements: Settlement[], options?: { tx?: Tx }): Promise<SettleAnswer[]>

  /** Guarded by running and `claimId`; answers in the order given. MUST(mark.fenced) MUST(mark.fields) write only what is given. */
  markJobs(marks: Mark[]): Promise<boolean[]>

  /**
   * Row by row, each guarded by `from`, in the order given.
   * MUST(update.guard) answer `stale` when the job is absent or its status not in `from`. MUST(update.fields) write what is given and nothing else.
   * MUST(update.key) answer `keyTaken` and change nothing of that job when its new key is held; the others go on.
   */
  updateJobs(updates: JobUpdate[], options?: { tx?: Tx }): Promise<UpdateAnswer[]>

  /**
   * Answers the ids deleted, each once, in no order. MUST(delete.not-running) never delete a running job, whatever `from` says, nor one whose
   * outbox is not drained. MUST(delete.guard) delete only jobs whose status is in `from` at that moment; without it any but running.
   */
  deleteJobs(ids: string[], options?: { from?: JobStatus[]; tx?: Tx }): Promise<string[]>

  /**
   * Removes jobs with `deleteAt <= now`, at most `limit`, and answers how many; those that others hold may be left for the next call.
   * MUST(prune.final) remove only those whose status is final; `finishedAt` is not looked at. MUST(prune.due) MUST(prune.limit)
   */
  pruneJobs(request: { now: number; limit: number }): Promise<number>

  /** MUST(find.filters) MUST(find.paging) MUST(find.values) take filters as values, never as operators or patterns. */
  findJobs(filter: JobFilter, page: Page): Promise<JobRow[]>

  /**
   * Counts the jobs that match, grouped, in no order. MUST(count.exact) MUST(count.bounded) count at most `scanLimit` matching jobs of each status,
   * and answer `complete: false` exactly when one has more. Which ones then is free. A filter by status alone so bounds the rows read;
   * with other fields the store may read past those that do not match.
   */
  countJobs(by: CountDimension[], request: { filter?: JobFilter; scanLimit: number }): Promise<{ counts: Count[]; complete: boolean }>

  /** MUST(heartbeat.lease) create with `first`, renew, remove. MUST(heartbeat.never-revive) never renew a lease that ran out or is gone. MUST(heartbeat.never-shorten) keep the later end when a beat comes late, after one that was sent after it. MUST(heartbeat.claims) list what it runs, cancels marked. */
  heartbeat(beat: Heartbeat): Promise<HeartbeatAnswer>

  /** All workers, by id: those that live, and those that died, until core removes them within minutes. So they are few, and there is no page. */
  findWorkers(): Promise<WorkerRow[]>

  /** Running jobs whose worker has no lease beyond `now`, by id. MUST(orphans.dead-only) read jobs before workers, or both in one snapshot. MUST(orphans.paging) */
  findOrphans(request: { now: number; limit: number; after?: string }): Promise<JobRow[]>

  /** All that `putQueue` wrote, by name: a row for each queue that was ever paused. So they are few, and there is no page. MUST(queues.round-trip) */
  findQueues(): Promise<QueueRow[]>
  /** Creates or overwrites. */
  putQueue(queue: QueueRow): Promise<void>

  /** By id, also those asked for by `ids`; `after` is the last id of the page before. `dueBefore`: only those with `dueAt < dueBefore`. MUST(states.find) */
  findStates(filter: { kind: string; ids?: string[]; dueBefore?: number }, page: { limit: number; after?: string }): Promise<State[]>

  /**
   * Compare-and-set: `expected` is the revision that must be there, null = the state must be absent. `jobs` come only with a text; one whose key is taken is left out.
   * MUST(states.compare-and-set) let one of many racers through. MUST(states.jobs) write the jobs with it or not at all.
   */
  putState(state: NewState, expected: number | null, jobs?: NewJob[]): Promise<boolean>

  readonly wakeups?: Wakeups
  /**
   * Runs `work` in a transaction of the store; commits when it resolves, rolls back when it rejects. There if and only if `describe().transactions`.
   * What `work` rejects with passes untouched; a begin or commit that fails rejects as `StorageError`, with `applied: 'unknown'` where the commit
   * may have happened. `work` runs at most once. Transactions do not nest: one begun within `work` is another, and may wait for the first.
   * Each storage says which of its `tx` forms `work` gets; `Tx` itself stays what callers may hand in, so that a queue taking more forms fits where fewer are asked for.
   */
  transaction?<T>(work: (tx: unknown) => Promise<T>): Promise<T>
  /** For stores whose transactions cannot wait (better-sqlite3): the same within a synchronous transaction of the caller. MUST(sync.same) */
  readonly sync?: {
    insertJobs(jobs: NewJob[], options: { tx: Tx }): InsertAnswer[]
    settleJobs(settlements: Settlement[], options: { tx: Tx }): SettleAnswer[]
  }
}
