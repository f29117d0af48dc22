import { randomUUID } from 'node:crypto'
import type { JobFilter, JobRow } from '../model/storage.js'
import type { Store } from '../runtime/store.js'
import type { RunSettings } from './run-options.js'

const promoteLimit = 1_000
const pageSize = 500
const scanLimit = 100_000
/** A claim may find less than there is while others claim; then it is asked again, so often at most. */
const claimTries = 20

/** Where `runJobs` gets its jobs from: what is due, and what comes next. */
export class RunSource {
  readonly #store: Store
  readonly #types: string[]
  readonly #filter: JobFilter
  #queues: string[]
  readonly #takesAnyQueue: boolean

  constructor(store: Store, { handlers, queues }: RunSettings) {
    this.#store = store
    this.#types = [...handlers.keys()]
    this.#takesAnyQueue = queues === undefined
    this.#queues = queues ?? [...new Set([...handlers.values()].map(({ definition }) => definition.queue))]
    this.#filter = { type: this.#types, ...(queues ? { queue: queues } : {}) }
  }

  /** At most `limit` jobs that are due, the best first; none means that none is left. */
  async claim(workerId: string, limit: number): Promise<JobRow[]> {
    await this.#promote()
    const rows = await this.#claim(workerId, limit)
    if (rows.length > 0 || !(await this.#findQueues())) return rows
    return this.#claim(workerId, limit)
  }

  /** Of the first job that is scheduled, epoch ms. */
  async nextRunAt(): Promise<number | null> {
    const filter: JobFilter = { ...this.#filter, status: ['scheduled'] }
    const { counts } = await this.#store.storage.countJobs(['status'], { filter, scanLimit })
    return counts[0]?.oldestRunAt ?? null
  }

  /** Jobs scheduled until then may be claimed now. Others than ours stay as they are. */
  async bringForward(until: number): Promise<void> {
    const { storage } = this.#store
    let after: string | undefined
    do {
      const page = { limit: pageSize, summary: true, ...(after === undefined ? {} : { after }) }
      const rows = await storage.findJobs({ ...this.#filter, status: ['scheduled'] }, page)
      const due = rows.filter(({ runAt }) => runAt <= until)
      if (due.length > 0) await storage.updateJobs(due.map(({ id }) => ({ id, from: ['scheduled'], set: { status: 'pending' } })))
      after = rows.length === pageSize ? rows.at(-1)?.id : undefined
    } while (after !== undefined)
  }

  async #promote(): Promise<void> {
    const { storage, clock } = this.#store
    while ((await storage.promoteJobs({ now: clock.now(), limit: promoteLimit })).more);
  }

  async #claim(workerId: string, limit: number): Promise<JobRow[]> {
    const queues = this.#queues.map((name) => ({ name, limit, types: this.#types }))
    for (let tries = 0; tries < claimTries; tries++) {
      const { jobs, more } = await this.#store.storage.claimJobs({ claimId: randomUUID(), workerId, limit, queues })
      if (jobs.length > 0 || !more) return jobs
    }
    return []
  }

  /** A job may have been enqueued into another queue than that of its definition. True when there is one not known so far. */
  async #findQueues(): Promise<boolean> {
    if (!this.#takesAnyQueue) return false
    const filter: JobFilter = { type: this.#types, status: ['pending'] }
    const { counts } = await this.#store.storage.countJobs(['queue'], { filter, scanLimit })
    const names = counts.flatMap(({ queue }) => (queue === undefined || this.#queues.includes(queue) ? [] : [queue]))
    this.#queues = [...this.#queues, ...names.sort()]
    return names.length > 0
  }
}
