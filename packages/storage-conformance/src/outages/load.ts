import { setTimeout as pause } from 'node:timers/promises'
import { defineJob, handle, JobQueue, StorageError, typed, Worker, type JobStorage } from '@dbjobq/core'
import type { AnyStorage } from '../case.js'
import { claimRequest } from '../factories.js'
import { watchedStorage } from '../queue/watched-storage.js'

const step = defineJob({ type: 'outage-step', data: typed<{ n: number }>(), result: typed<{ n: number }>() })
const tick = defineJob({ type: 'outage-tick', data: typed<{ n: number }>(), result: typed<{ n: number }>() })
/** The job that a worker died with before the outage. */
export const orphan = -1

/** `refused`: the call told that nothing was written. */
export type Enqueued = 'acknowledged' | 'refused' | 'unknown'

/**
 * A store under work: one process's worker with schedules and maintenance, and an enqueuer on connections of its own, which notes what it
 * was told. What goes wrong is noted, too.
 */
export class Load {
  /** By the number in the job's data. */
  readonly enqueued = new Map<number, Enqueued>([[orphan, 'acknowledged']])
  /** By job id: how often a handler began. */
  readonly runs = new Map<string, number>()
  /** Those that may have run twice: the worker lost its lease, or was told so late. */
  readonly lost = new Set<string>()
  /** Of ticks that ran, epoch ms. */
  readonly ticks: number[] = []
  readonly errors: unknown[] = []
  readonly unhandled: unknown[] = []
  /** The worker's calls of the contract. */
  calls = 0
  completed = 0
  /** The orphan was rescued: it ran. The event would not do, as an outage can take the answer of the settlement that it tells of. */
  isRescued = false

  readonly #worker: Worker
  readonly #queue: JobQueue
  readonly #enqueuing = new AbortController()
  #enqueuer: Promise<void> = Promise.resolve()

  private constructor(workerStorage: AnyStorage, enqueuerStorage: AnyStorage) {
    const watched = watchedStorage(workerStorage, () => {
      this.calls++
    })
    this.#queue = new JobQueue(enqueuerStorage as JobStorage)
    this.#worker = new Worker(new JobQueue(watched), {
      lease: '6s',
      jobs: [
        handle(step, async ({ n }, { id }) => {
          this.#began(id)
          if (n === orphan) this.isRescued = true
          await pause(Math.abs(n) % 20)
          return { n }
        }),
        handle(tick, ({ n }, { id, schedule }) => {
          this.#began(id)
          if (schedule) this.ticks.push(schedule.tick.getTime())
          return { n }
        }),
      ],
    })
    this.#worker.on('completed', () => {
      this.completed++
    })
    this.#worker.on('leaseLost', ({ id }) => void this.lost.add(id))
    this.#worker.on('rescued', ({ id }) => void this.lost.add(id))
    this.#worker.on('trouble', ({ error }) => void this.errors.push(error))
  }

  static async start(open: () => Promise<AnyStorage>): Promise<Load> {
    const [workerStorage, enqueuerStorage] = [await open(), await open()]
    const load = new Load(workerStorage, enqueuerStorage)
    process.on('unhandledRejection', load.#onUnhandled)
    await load.#leaveOrphan(enqueuerStorage)
    await load.#queue.schedules.upsert('outage-tick', { job: tick, data: { n: 0 }, every: '1s' })
    await load.#worker.start()
    load.#enqueuer = load.#enqueue()
    return load
  }

  get isTroubled(): boolean {
    return this.#worker.status().isTroubled
  }

  /** No more comes in: neither from the enqueuer nor from the schedule. */
  async endEnqueuing(): Promise<void> {
    this.#enqueuing.abort()
    await this.#enqueuer
    await this.#queue.schedules.pause('outage-tick')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#enqueuing.abort()
    await this.#enqueuer
    await this.#worker.stop({ timeout: 0 })
    process.off('unhandledRejection', this.#onUnhandled)
  }

  readonly #onUnhandled = (error: unknown): void => void this.unhandled.push(error)

  #began(id: string): void {
    this.runs.set(id, (this.runs.get(id) ?? 0) + 1)
  }

  /** Maintenance has to find it: its worker is dead in 2.5 s. */
  async #leaveOrphan(storage: AnyStorage): Promise<void> {
    await this.#queue.enqueue(step, { n: orphan })
    const now = await storage.serverTime()
    await storage.heartbeat({ workerId: 'dead', info: '{}', now, leaseUntil: now + 2_500, first: true })
    await storage.claimJobs(claimRequest({ workerId: 'dead', queues: [{ name: 'default', limit: 1 }], limit: 1 }))
  }

  async #enqueue(): Promise<void> {
    for (let n = 0; !this.#enqueuing.signal.aborted; n++) {
      this.enqueued.set(n, 'unknown')
      try {
        // Some wait first, so that promotion has to resume, too.
        await this.#queue.enqueue(step, { n }, n % 5 === 0 ? { delay: 500 } : {})
        this.enqueued.set(n, 'acknowledged')
        await pause(10)
      } catch (error) {
        if (StorageError.isInstance(error) && 'applied' in error && error.applied === 'no') this.enqueued.set(n, 'refused')
        this.errors.push(error)
        await pause(100)
      }
    }
  }
}
