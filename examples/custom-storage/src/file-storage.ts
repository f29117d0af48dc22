import type * as c from '@dbjobq/core/storage'
import { claimJobs } from './claim.js'
import { countJobs, type CountRequest } from './count.js'
import { refusal } from './errors.js'
import { findJobs } from './find.js'
import { insertJob } from './insert.js'
import { promoteJobs, type Promoted } from './promote.js'
import { QueueFile } from './queue-file.js'
import { checkKnownVersion, checkMigrated, checkNotTooNew, knownMigrations, migrate, wantedVersion } from './schema.js'
import { settleJob } from './settle.js'
import { findQueues, findStates, putState, type StateFilter } from './states.js'
import type { Tables } from './tables.js'
import { findOrphans, findWorkers, heartbeat, type OrphanRequest } from './workers.js'
import { deleteJobs, markJob, pruneJobs, updateJob } from './write.js'

interface CallOptions {
  tx?: never
}

/** The whole queue in one JSON file, shared by the processes of one machine. For small queues: each change writes the file anew. */
export class FileStorage implements c.JobStorage {
  readonly contractVersion = 1
  readonly #file: QueueFile
  #closed = false

  /** `callTimeout`: how long a call waits for the file, ms; default 15,000. */
  constructor(path: string, { callTimeout = 15_000 }: { callTimeout?: number } = {}) {
    this.#file = new QueueFile(path, callTimeout)
  }

  async describe(): Promise<c.StorageInfo> {
    const tables = await this.#opened().read()
    checkNotTooNew(tables)
    return {
      name: 'file',
      server: `Node.js ${process.versions.node}`,
      transactions: false,
      schema: { found: tables.version, wanted: wantedVersion },
    }
  }

  async migrate({ to = wantedVersion, dryRun = false } = {}): Promise<c.Migration[]> {
    const file = this.#opened()
    checkKnownVersion(to)
    const found = await file.read()
    checkNotTooNew(found)
    return dryRun || found.version === to ? knownMigrations(found) : file.change((tables) => migrate(tables, to))
  }

  async close(): Promise<void> {
    this.#closed = true
    return Promise.resolve()
  }

  async serverTime(): Promise<number> {
    return this.#opened().now()
  }

  async insertJobs(jobs: c.NewJob[], options: CallOptions = {}): Promise<c.InsertAnswer[]> {
    return this.#change((tables) => jobs.map((job) => insertJob(tables, job)), options)
  }

  async promoteJobs(request: { now: number; limit: number }): Promise<Promoted> {
    return this.#change((tables) => promoteJobs(tables, request))
  }

  async claimJobs(request: c.ClaimRequest): Promise<{ jobs: c.JobRow[]; more: boolean }> {
    return this.#change((tables) => claimJobs(tables, request))
  }

  async settleJobs(settlements: c.Settlement[], options: CallOptions = {}): Promise<c.SettleAnswer[]> {
    return this.#change((tables) => settlements.map((settlement) => settleJob(tables, settlement)), options)
  }

  async markJobs(marks: c.Mark[]): Promise<boolean[]> {
    return this.#change((tables) => marks.map((mark) => markJob(tables, mark)))
  }

  async updateJobs(updates: c.JobUpdate[], options: CallOptions = {}): Promise<c.UpdateAnswer[]> {
    return this.#change((tables) => updates.map((update) => updateJob(tables, update)), options)
  }

  async deleteJobs(ids: string[], options: CallOptions & { from?: c.JobStatus[] } = {}): Promise<string[]> {
    return this.#change((tables) => deleteJobs(tables, ids, options.from), options)
  }

  async pruneJobs(request: { now: number; limit: number }): Promise<number> {
    return this.#change((tables) => pruneJobs(tables, request))
  }

  async findJobs(filter: c.JobFilter, page: c.Page): Promise<c.JobRow[]> {
    return findJobs(await this.#read(), filter, page)
  }

  async countJobs(by: c.CountDimension[], request: CountRequest): Promise<{ counts: c.Count[]; complete: boolean }> {
    return countJobs(await this.#read(), by, request)
  }

  async heartbeat(beat: c.Heartbeat): Promise<c.HeartbeatAnswer> {
    return this.#change((tables) => heartbeat(tables, beat))
  }

  async findWorkers(): Promise<c.WorkerRow[]> {
    return findWorkers(await this.#read())
  }

  async findOrphans(request: OrphanRequest): Promise<c.JobRow[]> {
    return findOrphans(await this.#read(), request)
  }

  async findQueues(): Promise<c.QueueRow[]> {
    return findQueues(await this.#read())
  }

  async putQueue(queue: c.QueueRow): Promise<void> {
    await this.#change((tables) => tables.queues.set(queue.name, queue))
  }

  async findStates(filter: StateFilter, page: { limit: number; after?: string }): Promise<c.State[]> {
    return findStates(await this.#read(), filter, page)
  }

  async putState(state: c.NewState, expected: number | null, jobs: c.NewJob[] = []): Promise<boolean> {
    return this.#change((tables) => putState(tables, state, expected, jobs))
  }

  async #read(): Promise<Tables> {
    const tables = await this.#opened().read()
    checkMigrated(tables)
    return tables
  }

  async #change<T>(work: (tables: Tables) => T, options: { tx?: unknown } = {}): Promise<T> {
    const file = this.#opened()
    if (options.tx !== undefined) throw refusal('UNSUPPORTED', 'A file has no transactions of yours. Leave `tx` out.')
    return file.change((tables) => {
      checkMigrated(tables)
      return work(tables)
    })
  }

  #opened(): QueueFile {
    if (this.#closed) throw refusal('UNAVAILABLE', 'This FileStorage is closed. Open another one.')
    return this.#file
  }
}
