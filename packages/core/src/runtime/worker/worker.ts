import { longestTimer, milliseconds, type Duration } from '../../model/duration.js'
import { DbjobqError } from '../../model/errors.js'
import { Emitter } from '../emitter.js'
import { storeOf, type JobQueue } from '../queue/job-queue.js'
import type { Store } from '../store.js'
import { Engine } from './engine.js'
import type { WorkerEvents } from './events.js'
import { logEvents } from './log-events.js'
import { stopOnSignals } from './signals.js'
import { workerSettings, type WorkerOptions, type WorkerSettings } from './worker-options.js'
import type { RunningJob, WorkerState, WorkerStatus } from './worker-status.js'

/** Runs jobs: claims them in batches, runs their handlers, and writes how they ended. Any number of workers, in any number of processes, may serve a queue. */
export class Worker implements AsyncDisposable {
  readonly #settings: WorkerSettings
  readonly #store: Store
  readonly #events = new Emitter<WorkerEvents>()
  readonly #engine: Engine
  #state: Exclude<WorkerState, 'paused'> = 'new'
  #isPaused = false
  #hurry: (() => void) | undefined
  #started: Promise<void> | undefined
  #stopped: Promise<void> | undefined
  #release: (() => void)[] = []

  /** @throws DbjobqError `INVALID_OPTION`, `INVALID_NAME`, `INVALID_DURATION`, `DUPLICATE_JOB_TYPE` */
  constructor(queue: JobQueue, options: WorkerOptions) {
    if (!(storeOf in queue)) throw new DbjobqError('INVALID_OPTION', 'new Worker() takes a JobQueue as its first argument.')
    this.#store = queue[storeOf]
    this.#settings = workerSettings(options, () => this.#store.wakeups.isListening)
    if (options.logger) logEvents(this.#events, options.logger)
    this.#engine = new Engine({ store: this.#store, settings: this.#settings, events: this.#events, state: () => this.#standing })
  }

  /** Listens; answers the function that ends it. */
  on<Name extends keyof WorkerEvents>(name: Name, listener: (event: WorkerEvents[Name]) => unknown): () => void {
    return this.#events.on(name, listener)
  }

  /** Jobs whose handlers run now. */
  get activeJobs(): number {
    return this.#engine.running
  }

  /** Started and not stopping; also while paused. */
  get isRunning(): boolean {
    return this.#state === 'running'
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** The jobs whose handlers run now. */
  jobs(): RunningJob[] {
    return this.#engine.jobs()
  }

  /** What it is doing at this moment. */
  status(): WorkerStatus {
    return { state: this.#standing, ...this.#engine.status() }
  }

  /** Takes no more jobs and gives back, uncounted, those that wait here; those that run go on. Also before `start`. */
  pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#engine.releaseWaiting()
    this.#events.emit('workerPaused', { workerId: this.#engine.workerId })
  }

  /** Takes jobs again. */
  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#engine.look()
    this.#events.emit('workerResumed', { workerId: this.#engine.workerId })
  }

  /**
   * Connects and begins to take jobs.
   * @throws DbjobqError `WORKER_STATE` when it was started before; StorageError when the database cannot be used
   */
  async start(): Promise<void> {
    if (this.#state !== 'new') throw new DbjobqError('WORKER_STATE', `This worker is ${this.#state}. Make a new one to start again.`)
    this.#state = 'running'
    this.#started = this.#start()
    await this.#started
  }

  /**
   * Starts and resolves once stopped: by `stop`, or by SIGTERM or SIGINT, of which the first drains and a second hands back what still
   * runs (not with `signals: false`).
   * @throws as `start`
   */
  async run(): Promise<void> {
    await this.start()
    const release = this.#settings.signals === undefined ? this.#listenToSignals() : undefined
    try {
      if (this.isRunning) await new Promise<void>((resolve) => this.#release.push(resolve))
      await this.#stopped
    } finally {
      release?.()
    }
  }

  /**
   * Takes no more jobs, waits for those that run (their lease goes on), after `timeout` (default `shutdownTimeout`) aborts them and hands
   * them back uncounted, and writes all that ended. Called again, a shorter `timeout` hurries it.
   */
  stop(options: { timeout?: Duration } = {}): Promise<void> {
    const timeout = options.timeout === undefined ? this.#settings.shutdownTimeout : milliseconds(options.timeout, 'stop: timeout')
    if (this.#state === 'new') this.#state = 'stopped'
    if (this.#state === 'running') {
      this.#state = 'stopping'
      this.#stopped = this.#shutDown()
    }
    if (this.#state === 'stopping') {
      const timer = setTimeout(() => this.#hurry?.(), Math.min(timeout, longestTimer))
      void this.#stopped?.finally(() => clearTimeout(timer))
    }
    return this.#stopped ?? Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #start(): Promise<void> {
    try {
      await this.#engine.start()
    } catch (error) {
      this.#state = 'new'
      throw error
    }
    if (this.#settings.signals) this.#release.push(this.#listenToSignals())
    this.#release.push(this.#store.beforeClose(() => this.stop()))
    this.#events.emit('workerStarted', { workerId: this.#engine.workerId })
  }

  async #shutDown(): Promise<void> {
    const late = new Promise<void>((resolve) => (this.#hurry = resolve))
    // It may still be connecting.
    await this.#started?.catch(() => undefined)
    await this.#engine.stop(late)
    this.#state = 'stopped'
    this.#events.emit('workerStopped', { workerId: this.#engine.workerId })
    for (const release of this.#release.splice(0)) release()
  }

  get #standing(): WorkerState {
    return this.#state === 'running' && this.#isPaused ? 'paused' : this.#state
  }

  #listenToSignals(): () => void {
    return stopOnSignals((timeout) => this.stop(timeout === undefined ? {} : { timeout }))
  }
}
