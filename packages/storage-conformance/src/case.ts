import type { JobStorage } from '@dbjobq/core/storage'
import type { Outages } from './outages/outages.js'

/** A storage as the suite works with it: it hands transactions through without looking inside. A subject's own is a `JobStorage`, whatever `tx` it takes. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- `Tx` is the adapter's own type, which differs for each subject
export type AnyStorage = JobStorage<any>

/** Runs `work` in a transaction that the caller began on its own: commits when it resolves, rolls back when it rejects. */
export type RunInTransaction = <T>(work: (tx: unknown, query: RawQuery) => Promise<T>) => Promise<T>
/** Proves that the caller's transaction is still usable: any harmless statement on it, savepoints by name. */
export type RawQuery = (statement: 'select 1' | 'savepoint s' | 'rollback to savepoint s') => Promise<unknown>

/** What an adapter's tests hand over. */
export interface Subject {
  /** One more storage, with connections of its own, on the same database. The suite closes it. */
  open: () => Promise<JobStorage>
  /**
   * Called before every case: leaves no row of the storage. The schema may be whole, absent, half made or too new; the suite migrates
   * afterwards. Deleting the rows of a whole schema, and dropping any other, is several times faster than dropping it always.
   */
  reset: () => Promise<void>
  /** Every form of the caller's own transaction that `tx` takes, by name: `{ knex, pg }`. */
  transactions?: Record<string, RunInTransaction>
  /** False where the store's transactions have no savepoints (MongoDB); `query` is then never asked for one. Default true. */
  savepoints?: boolean
  /** The synchronous form, for a storage with `sync`. */
  syncTransaction?: <T>(work: (tx: unknown) => T) => Promise<T>
  /** A storage on a pool that the caller owns, and a question to that pool; for `close.handed-in`. */
  handedIn?: () => Promise<{ storage: JobStorage; isUsable: () => Promise<boolean>; dispose: () => Promise<void> }>
  /** A storage whose server cannot be reached (a closed port, a folder that is not there); for `errors.unavailable`. */
  unreachable?: () => JobStorage | Promise<JobStorage>
  /** Makes the schema version found `version`, as newer code would have left it; for `describe.too-new`. */
  setSchemaVersion?: (version: number) => Promise<void>
  /** Absolute path of a module whose export `open(): Promise<JobStorage>` does the same in another process, which a case may kill. */
  module?: string
  /** For `outageCases`. */
  outages?: Outages
}

/** What one case works with: a migrated, empty storage. */
export interface CaseContext {
  storage: AnyStorage
  subject: Subject
  /** `subject.open()`, closed after the case. */
  open: () => Promise<AnyStorage>
  /** Printed when the case fails; all randomness comes from it. */
  seed: number
}

/** What a store must be able to do for a case to apply to it. */
export type Need =
  | 'transactions'
  | 'no-transactions'
  | 'savepoints'
  | 'sync'
  | 'wakeups'
  | 'processes'
  | 'one-process'
  | 'handed-in'
  | 'unreachable'
  | 'schema-version'
  | 'cut-connections'
  | 'fail-over'
  | 'kill-server'
  | 'refuse-writes'
  | 'lock-jobs'
  | 'fill-disk'
  | 'small-pool'

export interface ConformanceCase {
  /** Stable: `member/what-it-shows`. */
  id: string
  /** Finishes the sentence "a storage …". */
  title: string
  /** The `MUST(id)`s of the contract that it proves. */
  proves: string[]
  needs?: Need[]
  /** ms; default 30,000. */
  timeout?: number
  run(context: CaseContext): Promise<void>
}
