import { DbjobqError, StorageError } from '../model/errors.js'
import { HintListeners } from '../model/hint-listeners.js'
import type * as c from '../model/storage.js'
import { insert, isFinal, matches, remove, setKey, settle, type Tables } from './tables.js'

const schemaVersion = 1
const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
const bestFirst = (a: c.JobRow, b: c.JobRow) => b.priority - a.priority || a.runAt - b.runAt || byId(a, b)

/** What several `MemoryStorage` of one process share, as several connections share a database. */
export class MemoryDatabase {
  readonly tables: Tables = { version: 0, jobs: new Map(), keys: new Map(), workers: new Map(), queues: new Map(), states: new Map() }
  readonly listeners = new HintListeners()
}

/**
 * The contract in the fewest lines, within one process: for tests and as the reference that other storages are compared with.
 * Nothing survives the process, and there are no transactions.
 */
export class MemoryStorage implements c.JobStorage {
  readonly contractVersion = 1
  readonly #tables: Tables
  readonly #listeners: MemoryDatabase['listeners']
  readonly #ends: (() => void)[] = []
  readonly #now: () => number
  #closed = false

  /** `now` stands for the clock of the server, epoch ms; default `Date.now`. */
  constructor(options: { database?: MemoryDatabase; now?: () => number } = {}) {
    const { tables, listeners } = options.database ?? new MemoryDatabase()
    this.#tables = tables
    this.#listeners = listeners
    this.#now = options.now ?? Date.now
  }

  async describe(): Promise<c.StorageInfo> {
    await this.#open()
    if (this.#tables.version > schemaVersion) throw tooNew(this.#tables.version)
    return {
      name: 'memory',
      server: 'in this process',
      transactions: false,
      schema: { found: this.#tables.version, wanted: schemaVersion },
    }
  }

  async migrate({ to = schemaVersion, dryRun = false } = {}): Promise<c.Migration[]> {
    await this.#open()
    const tables = this.#tables
    if (!Number.isInteger(to) || to < 0 || to > schemaVersion) {
      throw new DbjobqError('INVALID_OPTION', `to must be a schema version from 0 to ${schemaVersion}, not ${to}.`)
    }
    if (tables.version > schemaVersion) throw tooNew(tables.version)
    if (!dryRun) {
      if (to === 0) for (const table of [tables.jobs, tables.keys, tables.workers, tables.queues, tables.states]) table.clear()
      tables.version = to
    }
    return [
      { version: 1, name: 'initial', up: '-- nothing to create in memory', down: '-- forget everything', applied: tables.version >= 1 },
    ]
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const end of this.#ends) end()
    return Promise.resolve()
  }

  readonly wakeups: c.Wakeups = {
    send: async (hints) => {
      await this.#open()
      for (const hint of hints) this.#listeners.tell(hint)
    },
    listen: async (onHint) => {
      await this.#open()
      const end = this.#listeners.add(onHint)
      this.#ends.push(end)
      return () => {
        end()
        return Promise.resolve()
      }
    },
  }

  async serverTime(): Promise<number> {
    await this.#open()
    return this.#now()
  }

  async insertJobs(jobs: c.NewJob[], options: { tx?: never } = {}): Promise<c.InsertAnswer[]> {
    const tables = await this.#use(options)
    return jobs.map((job) => insert(tables, job))
  }

  async promoteJobs({
    now,
    limit,
  }: {
    now: number
    limit: number
  }): Promise<{ queues: string[]; more: boolean; nextRunAt: number | null }> {
    const { jobs } = await this.#use()
    const scheduled = [...jobs.values()].filter((job) => job.status === 'scheduled').sort((a, b) => a.runAt - b.runAt || byId(a, b))
    const due = scheduled.filter((job) => job.runAt <= now).slice(0, limit)
    for (const job of due) job.status = 'pending'
    const next = scheduled[due.length]
    return {
      queues: [...new Set(due.map((job) => job.queue))],
      more: next !== undefined && next.runAt <= now,
      nextRunAt: next?.runAt ?? null,
    }
  }

  async claimJobs(request: c.ClaimRequest): Promise<{ jobs: c.JobRow[]; more: boolean }> {
    const tables = await this.#use()
    const claimed: c.JobRow[] = []
    let more = false
    for (const queue of request.queues) {
      if (tables.queues.get(queue.name)?.pausedAt != null) continue
      const free = [...tables.jobs.values()]
        .filter((job) => job.status === 'pending' && job.queue === queue.name && (!queue.types || queue.types.includes(job.type)))
        .sort(bestFirst)
      const taken = free.slice(0, Math.min(queue.limit, request.limit - claimed.length))
      more ||= taken.length < free.length
      for (const job of taken) {
        if (job.keyUntil === 'claim') setKey(tables, job, null)
        Object.assign(job, {
          status: 'running',
          claimId: request.claimId,
          workerId: request.workerId,
          attempts: job.attempts + 1,
          startedAt: null,
        })
        claimed.push({ ...job })
      }
    }
    return { jobs: claimed, more }
  }

  async settleJobs(settlements: c.Settlement[], options: { tx?: never } = {}): Promise<c.SettleAnswer[]> {
    const tables = await this.#use(options)
    return settlements.map((settlement) => settle(tables, settlement))
  }

  async markJobs(marks: c.Mark[]): Promise<boolean[]> {
    const { jobs } = await this.#use()
    return marks.map(({ id, claimId, ...set }) => {
      const job = jobs.get(id)
      if (job?.status !== 'running' || job.claimId !== claimId) return false
      Object.assign(job, set)
      return true
    })
  }

  async updateJobs(updates: c.JobUpdate[], options: { tx?: never } = {}): Promise<c.UpdateAnswer[]> {
    const tables = await this.#use(options)
    return updates.map(({ id, from, set: { uniqueKey, ...set } }) => {
      const job = tables.jobs.get(id)
      if (!job || !from.includes(job.status)) return 'stale'
      if (uniqueKey !== undefined) {
        if (uniqueKey !== null && (tables.keys.get(uniqueKey) ?? id) !== id) return 'keyTaken'
        setKey(tables, job, uniqueKey)
      }
      Object.assign(job, set)
      return 'updated'
    })
  }

  async deleteJobs(ids: string[], options: { from?: c.JobStatus[]; tx?: never } = {}): Promise<string[]> {
    const tables = await this.#use(options)
    const { from } = options
    return [...new Set(ids)].filter((id) => {
      const job = tables.jobs.get(id)
      return job !== undefined && job.status !== 'running' && (!from || from.includes(job.status)) && remove(tables, job)
    })
  }

  async pruneJobs({ now, limit }: { now: number; limit: number }): Promise<number> {
    const tables = await this.#use()
    const due = [...tables.jobs.values()].filter((job) => isFinal(job) && job.deleteAt !== null && job.deleteAt <= now)
    return due.slice(0, limit).filter((job) => remove(tables, job)).length
  }

  async findJobs(filter: c.JobFilter, { limit, after, order = 'oldest', summary = false }: c.Page): Promise<c.JobRow[]> {
    const { jobs } = await this.#use()
    const found = [...jobs.values()].filter((job) => matches(job, filter)).sort(byId)
    if (order === 'newest') found.reverse()
    return found
      .filter((job) => after === undefined || (order === 'newest' ? job.id < after : job.id > after))
      .slice(0, limit)
      .map((job) => (summary ? { ...job, data: '', progress: null, result: null, errors: null } : { ...job }))
  }

  async countJobs(
    by: c.CountDimension[],
    { filter = {}, scanLimit }: { filter?: c.JobFilter; scanLimit: number },
  ): Promise<{ counts: c.Count[]; complete: boolean }> {
    const { jobs } = await this.#use()
    const groups = new Map<string, c.Count>()
    const scanned = new Map<c.JobStatus, number>()
    let complete = true
    for (const job of jobs.values()) {
      if (!matches(job, filter)) continue
      const seen = (scanned.get(job.status) ?? 0) + 1
      scanned.set(job.status, seen)
      if (seen > scanLimit) {
        complete = false
        continue
      }
      const group: Partial<c.Count> = Object.fromEntries(by.map((dimension) => [dimension, job[dimension]]))
      const key = JSON.stringify(group)
      const count = groups.get(key) ?? { ...group, count: 0, oldestRunAt: null }
      count.count++
      count.oldestRunAt = Math.min(count.oldestRunAt ?? job.runAt, job.runAt)
      groups.set(key, count)
    }
    return { counts: [...groups.values()], complete }
  }

  async heartbeat({ workerId, info, now, leaseUntil, first }: c.Heartbeat): Promise<c.HeartbeatAnswer> {
    const { workers, jobs } = await this.#use()
    const row = workers.get(workerId)
    const alive = row ? row.leaseUntil > now : first
    if (leaseUntil <= now) workers.delete(workerId)
    if (!alive) return { alive: false, claims: [] }
    if (leaseUntil > now) workers.set(workerId, { id: workerId, leaseUntil: Math.max(leaseUntil, row?.leaseUntil ?? 0), info })
    const claims = [...jobs.values()]
      .filter((job) => job.status === 'running' && job.workerId === workerId)
      .map((job) => ({ id: job.id, claimId: job.claimId ?? '', cancelRequested: job.cancelRequestedAt !== null }))
    return { alive, claims }
  }

  async findWorkers(): Promise<c.WorkerRow[]> {
    const { workers } = await this.#use()
    return [...workers.values()].sort(byId).map((row) => ({ ...row }))
  }

  async findOrphans({ now, limit, after = '' }: { now: number; limit: number; after?: string }): Promise<c.JobRow[]> {
    const { jobs, workers } = await this.#use()
    return [...jobs.values()]
      .filter((job) => job.status === 'running' && job.id > after && !((workers.get(job.workerId ?? '')?.leaseUntil ?? 0) > now))
      .sort(byId)
      .slice(0, limit)
      .map((job) => ({ ...job }))
  }

  async findQueues(): Promise<c.QueueRow[]> {
    const { queues } = await this.#use()
    return [...queues.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map((row) => ({ ...row }))
  }

  async putQueue(queue: c.QueueRow): Promise<void> {
    const { queues } = await this.#use()
    queues.set(queue.name, { ...queue })
  }

  async findStates(
    filter: { kind: string; ids?: string[]; dueBefore?: number },
    { limit, after = '' }: { limit: number; after?: string },
  ): Promise<c.State[]> {
    const { states } = await this.#use()
    return [...states.values()]
      .filter((state) => state.kind === filter.kind && state.id > after && (!filter.ids || filter.ids.includes(state.id)))
      .filter((state) => filter.dueBefore === undefined || (state.dueAt !== null && state.dueAt < filter.dueBefore))
      .sort(byId)
      .slice(0, limit)
      .map((state) => ({ ...state }))
  }

  async putState({ kind, id, dueAt, text }: c.NewState, expected: number | null, jobs: c.NewJob[] = []): Promise<boolean> {
    const tables = await this.#use()
    const key = `${kind} ${id}`
    if ((tables.states.get(key)?.revision ?? null) !== expected) return false
    if (text === null) tables.states.delete(key)
    else tables.states.set(key, { kind, id, dueAt, text, revision: (expected ?? 0) + 1 })
    for (const job of jobs) insert(tables, job)
    return true
  }

  async #open(): Promise<void> {
    await Promise.resolve()
    if (this.#closed)
      throw new StorageError('UNAVAILABLE', 'This MemoryStorage is closed. Open another one.', { retryable: false, applied: 'no' })
  }

  async #use(options: { tx?: unknown } = {}): Promise<Tables> {
    await this.#open()
    if (options.tx !== undefined) {
      const message = 'MemoryStorage has no transactions. Leave `tx` out, or use a storage that has them.'
      throw new StorageError('UNSUPPORTED', message, { retryable: false, applied: 'no' })
    }
    if (this.#tables.version === 0) {
      throw new StorageError('SCHEMA_OUTDATED', 'This storage was never migrated. Run `await queue.migrate()` first.', {
        retryable: false,
        applied: 'no',
      })
    }
    return this.#tables
  }
}

function tooNew(found: number): StorageError {
  const message = `The schema has version ${String(found)}, this code knows ${String(schemaVersion)}. Update @dbjobq/core.`
  return new StorageError('SCHEMA_TOO_NEW', message, { retryable: false, applied: 'no' })
}
