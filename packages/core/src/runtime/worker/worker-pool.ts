import { aBoolean, checkOptions } from '../../model/check.js'
import type { Duration } from '../../model/duration.js'
import { DbjobqError } from '../../model/errors.js'
import type { JobQueue } from '../queue/job-queue.js'
import type { WorkerEvents } from './events.js'
import { stopOnSignals } from './signals.js'
import { Worker } from './worker.js'
import type { WorkerOptions } from './worker-options.js'
import type { WorkerStatus } from './worker-status.js'

/**
 * Workers of one process that start and stop as one, for jobs that must not take each other's slots: fifty mails at a time, beside
 * one report. Each has a claimer, a lease and slots of its own, and takes the options of `Worker`; the first that may does the maintenance
 * for all, and so with schedules. For more slots of the same kind use `concurrency` of one `Worker`: n workers of one slot would ask the database n times.
 */
export class WorkerPool implements AsyncDisposable {
  /** In the order of their options. */
  readonly workers: readonly Worker[]
  readonly #handlesSignals: boolean | undefined
  #release: (() => void) | undefined
  #stopped: Promise<void> | undefined

  /**
   * `options.signals`: as of `Worker`, for all of them.
   * @throws DbjobqError as `new Worker`; `INVALID_OPTION` for an empty list
   */
  constructor(queue: JobQueue, workers: Omit<WorkerOptions, 'signals'>[], options: { signals?: boolean } = {}) {
    checkOptions('WorkerPool', options, { signals: aBoolean })
    if (!Array.isArray(workers) || workers.length === 0) {
      throw new DbjobqError('INVALID_OPTION', 'new WorkerPool() takes a list of the options of its workers, at least one.')
    }
    if (workers.some((own: WorkerOptions | null) => own?.signals !== undefined)) {
      throw new DbjobqError(
        'INVALID_OPTION',
        'WorkerPool: signals are for all of its workers. Give them as new WorkerPool(queue, workers, { signals }).',
      )
    }
    const first = (part: 'maintenance' | 'schedules'): number => workers.findIndex((own: WorkerOptions | null) => own?.[part] !== false)
    const [maintainer, ticker] = [first('maintenance'), first('schedules')]
    this.workers = workers.map(
      (own, index) => new Worker(queue, { ...own, signals: false, maintenance: index === maintainer, schedules: index === ticker }),
    )
    this.#handlesSignals = options.signals
  }

  /** Listens to all of them; answers the function that ends it. */
  on<Name extends keyof WorkerEvents>(name: Name, listener: (event: WorkerEvents[Name]) => unknown): () => void {
    const ends = this.workers.map((worker) => worker.on(name, listener))
    return () => {
      for (const end of ends) end()
    }
  }

  get activeJobs(): number {
    return this.workers.reduce((sum, worker) => sum + worker.activeJobs, 0)
  }

  /** All of them are. */
  get isRunning(): boolean {
    return this.workers.every((worker) => worker.isRunning)
  }

  get isPaused(): boolean {
    return this.workers.every((worker) => worker.isPaused)
  }

  status(): WorkerStatus[] {
    return this.workers.map((worker) => worker.status())
  }

  pause(): void {
    for (const worker of this.workers) worker.pause()
  }

  resume(): void {
    for (const worker of this.workers) worker.resume()
  }

  /**
   * Starts all; when one cannot start, stops the others.
   * @throws as `Worker.start`
   */
  async start(): Promise<void> {
    try {
      await Promise.all(this.workers.map((worker) => worker.start()))
    } catch (error) {
      await this.stop({ timeout: 0 })
      throw error
    }
    if (this.#handlesSignals) this.#listenToSignals()
  }

  /**
   * Starts all and resolves once all have stopped, as `Worker.run`.
   * @throws as `start`
   */
  async run(): Promise<void> {
    const stopped = Promise.all(this.workers.map(whenStopped))
    await this.start()
    if (this.#handlesSignals !== false) this.#listenToSignals()
    try {
      if (!this.#stopped) await stopped
      await this.#stopped
    } finally {
      this.#release?.()
    }
  }

  /** Stops all at the same time, as `Worker.stop`. */
  stop(options: { timeout?: Duration } = {}): Promise<void> {
    this.#stopped = Promise.all(this.workers.map((worker) => worker.stop(options))).then(() => this.#release?.())
    return this.#stopped
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #listenToSignals(): void {
    this.#release ??= stopOnSignals((timeout) => this.stop(timeout === undefined ? {} : { timeout }))
  }
}

function whenStopped(worker: Worker): Promise<void> {
  return new Promise((resolve) => worker.on('workerStopped', () => resolve()))
}
