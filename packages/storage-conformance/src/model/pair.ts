import assert from 'node:assert/strict'
import { MemoryDatabase, MemoryStorage } from '@dbjobq/core/memory'
import type { Claim, JobRow, JobStatus, JobStorage, NewJob } from '@dbjobq/core/storage'
import type { AnyStorage } from '../case.js'
import { checkInvariants } from './invariants.js'
import { claimId, jobId, queues } from './cast.js'

export const everything = 1_000

/** `overtaken`: the job runs under a later one. */
export type ClaimKind = 'live' | 'overtaken' | 'any'

/** MemoryStorage and the store under test, side by side, and what the run knows of them. */
export class Pair {
  readonly database = new MemoryDatabase()
  readonly oracle = new MemoryStorage({ database: this.database })
  readonly cast: NewJob[]
  /** All claims that were ever handed out; most are stale. */
  readonly claims: Claim[] = []
  /** Ids that were answered as inserted, and not as deleted or pruned since. */
  readonly present = new Set<string>()
  /** Steps made. */
  step = 0
  readonly #stores: AnyStorage[]

  constructor(stores: AnyStorage[], cast: NewJob[]) {
    this.#stores = stores
    this.cast = cast
  }

  /** Another connection with each step. */
  get store(): AnyStorage {
    const store = this.#stores[this.step % this.#stores.length]
    assert.ok(store)
    return store
  }

  async prepare(): Promise<void> {
    await this.oracle.migrate()
    for (const name of queues) await this.both((storage) => storage.putQueue({ name, pausedAt: null, settings: null }))
  }

  /** Makes the same call on both and compares the answers, as `same` leaves them. Answers the oracle's. */
  async both<T>(call: (storage: JobStorage) => Promise<T>, same: (answer: T) => unknown = (answer) => answer): Promise<T> {
    const expected = await call(this.oracle)
    const actual = await call(this.store as JobStorage)
    assert.deepEqual(same(actual), same(expected))
    return expected
  }

  job(number: number): NewJob {
    const job = this.cast[number]
    assert.ok(job)
    return job
  }

  /** A claim of that kind; any that was ever made if there is none, and one that never was if there is none at all. */
  claim(number: number, kind: ClaimKind): Claim {
    const running = new Map(this.#among(['running']).map(({ id, claimId: of }) => [id, of]))
    const chosen = this.claims.filter(({ id, claimId: of }) => {
      if (kind === 'any') return true
      return kind === 'live' ? running.get(id) === of : running.has(id) && running.get(id) !== of
    })
    return atRound(chosen, number) ?? atRound(this.claims, number) ?? { id: jobId(number), claimId: claimId(9_999) }
  }

  /** The id of one of the jobs in these statuses; of any, there or not, if there is none. */
  idAmong(number: number, statuses: JobStatus[]): string {
    return atRound(this.#among(statuses), number)?.id ?? jobId(number)
  }

  #among(statuses: JobStatus[]): JobRow[] {
    return [...this.database.tables.jobs.values()].filter(({ status }) => statuses.includes(status))
  }

  async rows(): Promise<JobRow[]> {
    return this.store.findJobs({}, { limit: everything })
  }

  /** Both hold the same jobs; and apart from the oracle, the rows are as they may be. */
  async compare(): Promise<void> {
    const rows = await this.rows()
    assert.deepEqual(rows, await this.oracle.findJobs({}, { limit: everything }))
    checkInvariants(rows, this.present)
  }
}

function atRound<T>(items: T[], number: number): T | undefined {
  return items[number % items.length]
}
