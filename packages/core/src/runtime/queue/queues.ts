import { aName, anInteger, checkOptions } from '../../model/check.js'
import type { JobStatus } from '../../model/storage.js'
import type { Store } from '../store.js'
import { toStats } from './stats.js'

/** A queue that has jobs, or that was paused once. */
export interface QueueInfo {
  name: string
  /** Since when; null = not paused. */
  pausedAt: Date | null
  byStatus: Record<JobStatus, number>
  /** Since when its oldest pending job, of those counted, could run; null = none is pending. */
  oldestWaiting: Date | null
  /** False: of some status there are more jobs than were counted, in this queue or another. */
  complete: boolean
}

export interface ListQueuesOptions {
  /** Rows read for each status, of all queues together; 1 to 1,000,000. Default 10,000. */
  scanLimit?: number
}

/** Pauses, resumes and lists queues. */
export class Queues {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async pause(name: string): Promise<void> {
    await this.#put('pauseQueue', name, (pausedAt) => pausedAt ?? this.#store.clock.now())
    this.#store.hints.send({ kind: 'paused', queue: name })
  }

  async resume(name: string): Promise<void> {
    await this.#put('resumeQueue', name, () => null)
    this.#store.hints.send({ kind: 'runnable', queue: name, runAt: 0 })
  }

  async list(options: ListQueuesOptions): Promise<QueueInfo[]> {
    checkOptions('listQueues', options, { scanLimit: anInteger(1, 1_000_000) })
    const { scanLimit = 10_000 } = options
    await this.#store.ready()
    const { storage } = this.#store
    const rows = await storage.findQueues()
    const { counts, complete } = await storage.countJobs(['queue', 'status'], { scanLimit })
    const byQueue = Map.groupBy(counts, ({ queue = '' }) => queue)
    const names = [...new Set([...rows.map((row) => row.name), ...byQueue.keys()])].sort()
    return names.map((name) => {
      const pausedAt = rows.find((row) => row.name === name)?.pausedAt ?? null
      const counted = byQueue.get(name) ?? []
      const oldest = counted.find(({ status }) => status === 'pending')?.oldestRunAt ?? null
      return {
        name,
        pausedAt: pausedAt === null ? null : new Date(pausedAt),
        byStatus: toStats(['status'], { counts: counted, complete }).byStatus,
        oldestWaiting: oldest === null ? null : new Date(oldest),
        complete,
      }
    })
  }

  async #put(where: string, name: string, pausedAt: (before: number | null) => number | null): Promise<void> {
    aName(name, `${where}: the queue`)
    await this.#store.ready()
    const row = (await this.#store.storage.findQueues()).find((queue) => queue.name === name)
    await this.#store.storage.putQueue({ name, settings: row?.settings ?? null, pausedAt: pausedAt(row?.pausedAt ?? null) })
  }
}
