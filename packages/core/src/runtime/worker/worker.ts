import { longestTimer, milliseconds, type Duration } from '../../model/duration.js'
import { DbjobqError } from '../../model/errors.js'
import type { Outcome } from '../../model/outcome.js'
import type { JobRow, Settlement } from '../../model/storage.js'
import { Beat, cancelled } from './beat.js'
import { CancelWatch } from './cancel-watch.js'
import { Claimer } from './claimer.js'
import { DuringClaims } from './during-claims.js'
import { Emitter } from '../emitter.js'
import { EventLoopWatch } from './event-loop-watch.js'
import type { WorkerEvents } from './events.js'
import { Executor } from './executor.js'
import { HeldJob } from './held-job.js'
import { hintsOf, type Hint } from '../hints.js'
import { Lease } from './lease.js'
import { logEvents } from './log-events.js'
import { Maintenance } from './maintenance.js'
import { Ticker } from '../schedules/ticker.js'
import { storeOf, type JobQueue } from '../queue/job-queue.js'
import { Reporter } from './reporter.js'
import { Settler } from './settler.js'
import { stopOnSignals } from './signals.js'
import { Slots } from './slots.js'
import type { Store } from '../store.js'
import { Trouble } from './trouble.js'
import { workerSettings, type WorkerOptions, type WorkerSettings } from './worker-options.js'
import { describeSlots, describeWorker, runningJobs, type RunningJob, type WorkerState, type WorkerStatus } from './worker-status.js'

/** How long `stop` waits for the last settlements when the database does not answer; then the jobs are left to rescue, ms. */
const flushTimeout = 5_000

/** Runs jobs: claims them in batches, runs their handlers, and writes how they ended. Any number of workers, in any number of processes, may serve a queue. */
export class Worker implements AsyncDisposable {
  readonly #settings: WorkerSettings
  readonly #store: Store
  readonly #events = new Emitter<WorkerEvents>()
  readonly #trouble: Trouble
  readonly #reporter: Reporter
  readonly #slots: Slots
  readonly #lease: Lease
  readonly #claimer: Claimer
  readonly #executor: Executor
  readonly #settler: Settler
  readonly #maintenance: Maintenance
  readonly #ticker: Ticker | undefined
  readonly #cancels: CancelWatch
  readonly #eventLoop: EventLoopWatch
  readonly #pausedMeanwhile = new DuringClaims()
  readonly #cancelledMeanwhile = new DuringClaims()
  #state: Exclude<WorkerState, 'paused'> = 'new'
  #isPaused = false
  #hurry: (() => void) | undefined
  #started: Promise<void> | undefined
  #stopped: Promise<void> | undefined
  #release: (() => void)[] = []

  /** @throws DbjobqError `INVALID_OPTION`, `INVALID_NAME`, `INVALID_DURATION`, `DUPLICATE_JOB_TYPE` */
  constructor(queue: JobQueue, options: WorkerOptions) {
    if (!(storeOf in queue)) throw new DbjobqError('INVALID_OPTION', 'new Worker() takes a JobQueue as its first argument.')
    const settings = workerSettings(options, () => queue[storeOf].wakeups.isListening)
    const trouble = new Trouble(this.#events)
    const store: Store = queue[storeOf]
    this.#settings = settings
    this.#store = store
    this.#trouble = trouble
    this.#reporter = new Reporter(this.#events, settings.onError)
    if (options.logger) logEvents(this.#events, options.logger)
    this.#executor = new Executor({
      store,
      handlers: settings.handlers,
      logger: settings.logger,
      checkLease: () => this.#lease.check(),
      onStarted: (held) => this.#reporter.started(held),
      onProgress: (held, progress) => this.#reporter.progress(held, progress),
      onCommitted: (held, settlement) => this.#onSettled(held, 'completed', settlement),
      onStuck: (held) => this.#reporter.stuck(held),
    })
    this.#slots = new Slots({
      settings,
      run: (held) => this.#executor.run(held),
      settle: (held, ending) => this.#settler.add(held, ending),
      onLost: (held) => this.#reporter.lost(held),
      onHungry: () => this.#claimer.wake(),
      tell: (during, error) => trouble.tell(during, error),
    })
    this.#settler = new Settler({
      storage: store.storage,
      now: () => store.clock.now(),
      onSettled: (held, outcome, settlement) => this.#onSettled(held, outcome, settlement),
      onLost: (held) => this.#onLost(held),
      onFlushed: () => this.#claimer.wake(),
      reports: trouble.during('settlement'),
    })
    this.#claimer = new Claimer({
      store,
      queues: settings.queues,
      types: [...settings.handlers.keys()],
      poll: settings.poll,
      workerId: () => (this.#lease.isHeld && !this.#isPaused ? this.#lease.workerId : null),
      room: () => this.#slots.room,
      roomOf: (name) => this.#slots.roomOf(name),
      onClaimed: (jobs, workerId) => this.#onClaimed(jobs, workerId),
      reports: trouble.during('claim'),
    })
    const beat = new Beat(store, this.#slots.held, this.#claimer.claimsInFlight, (name) => this.#onPaused(name))
    this.#lease = new Lease({
      store,
      lease: settings.lease,
      describe: () => describeWorker(settings, this.#slots, this.#isPaused),
      onBeat: (claims) => {
        this.#claimer.wake()
        return beat.run(claims)
      },
      onLost: (reason) => this.#onLeaseLost(reason),
      reports: trouble.during('heartbeat'),
    })
    this.#eventLoop = new EventLoopWatch(settings.lease, (duration) => trouble.blocked(duration))
    this.#cancels = new CancelWatch({
      storage: store.storage,
      holdings: this.#slots.held,
      onCancelled: (held) => held.abort(cancelled(held.row.id)),
      onTrouble: (error) => trouble.tell('look for cancelled jobs', error),
    })
    this.#maintenance = new Maintenance({
      store,
      rescueEvery: settings.lease / 3,
      onRescued: (row, outcome, settlement) => this.#onRescued(row, outcome, settlement),
      reports: trouble.during('maintenance'),
    })
    this.#ticker = settings.schedules ? new Ticker({ store, reports: trouble.during('schedules') }) : undefined
  }

  /** Listens; answers the function that ends it. */
  on<Name extends keyof WorkerEvents>(name: Name, listener: (event: WorkerEvents[Name]) => unknown): () => void {
    return this.#events.on(name, listener)
  }

  /** Jobs whose handlers run now. */
  get activeJobs(): number {
    return this.#slots.running
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
    return runningJobs(this.#slots.held.values())
  }

  /** What it is doing at this moment. */
  status(): WorkerStatus {
    return {
      state: this.#state === 'running' && this.#isPaused ? 'paused' : this.#state,
      ...describeSlots(this.#settings, this.#slots),
      stuck: this.#executor.stuck,
      workerId: this.#lease.workerId,
      leaseUntil: this.#lease.until === null ? null : new Date(this.#lease.until),
      counters: { ...this.#reporter.counters },
      isTroubled: this.#trouble.isGoingOn,
      lastTrouble: this.#trouble.last,
    }
  }

  /** Takes no more jobs and gives back, uncounted, those that wait here; those that run go on. Also before `start`. */
  pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#slots.releaseWaiting()
    this.#events.emit('workerPaused', { workerId: this.#lease.workerId })
  }

  /** Takes jobs again. */
  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#claimer.look()
    this.#events.emit('workerResumed', { workerId: this.#lease.workerId })
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
      await this.#store.ready()
      await this.#lease.start()
    } catch (error) {
      this.#state = 'new'
      throw error
    }
    if (this.#settings.signals) this.#release.push(this.#listenToSignals())
    this.#release.push(
      this.#store.hints.listen((hint) => this.#onHint(hint)),
      this.#store.beforeClose(() => this.stop()),
    )
    this.#eventLoop.start()
    this.#settler.start()
    this.#claimer.start()
    if (this.#settings.maintenance) this.#maintenance.start()
    this.#ticker?.start()
    this.#events.emit('workerStarted', { workerId: this.#lease.workerId })
  }

  async #shutDown(): Promise<void> {
    const late = new Promise<void>((resolve) => (this.#hurry = resolve))
    // It may still be connecting.
    await this.#started?.catch(() => undefined)
    await Promise.all([this.#claimer.stop(), this.#maintenance.stop(), this.#ticker?.stop()])
    this.#slots.releaseWaiting()
    await Promise.race([this.#slots.idle(), late])
    const reason = new DbjobqError('SHUTDOWN', 'The worker stops and did not wait longer for this job; it is handed back.')
    this.#slots.abortRunning(reason)
    await this.#slots.idle()
    await this.#settler.drain(flushTimeout)
    await this.#settler.stop()
    this.#cancels.stop()
    this.#eventLoop.stop()
    await this.#lease.stop().catch((error: unknown) => this.#trouble.tell('shutdown', error))
    this.#state = 'stopped'
    this.#events.emit('workerStopped', { workerId: this.#lease.workerId })
    for (const release of this.#release.splice(0)) release()
  }

  #listenToSignals(): () => void {
    return stopOnSignals((timeout) => this.stop(timeout === undefined ? {} : { timeout }))
  }

  #onClaimed(rows: JobRow[], workerId: string): void {
    const isMine = workerId === this.#lease.workerId && this.#state === 'running' && !this.#isPaused
    const own: HeldJob[] = []
    for (const row of rows) {
      const held = new HeldJob(row, this.#settings.queues.indexOf(row.queue))
      const isKnown = this.#settings.handlers.has(row.type)
      if (isMine && !isKnown) this.#claimer.meetForeignType(row.queue)
      if (isMine && isKnown && !this.#pausedMeanwhile.has(row.claimId, row.queue)) own.push(held)
      else this.#settler.add(held, { kind: 'released' })
    }
    this.#slots.add(own)
    for (const { row } of own) if (this.#cancelledMeanwhile.has(row.claimId, row.id)) this.#cancels.look(row.id)
  }

  #onSettled(held: HeldJob, outcome: Outcome, settlement: Settlement): void {
    const { row } = held
    const { followUps = [] } = settlement
    this.#slots.held.remove(held)
    this.#tellEnd(row, outcome)
    const again = hintsOf([{ ...settlement, queue: row.queue }])
    if (this.#isForOthers(row.type, outcome)) for (const hint of again) this.#store.hints.send(hint)
    else if (outcome === 'retrying' || outcome === 'snoozed') for (const hint of again) this.#claimer.hint(hint)
    for (const hint of hintsOf(followUps)) this.#store.hints.send(hint)
    this.#reporter.settled(held, outcome, settlement)
  }

  /** It runs again, and not here. */
  #isForOthers(type: string, outcome: Outcome): boolean {
    const isTaking = this.#state === 'running' && !this.#isPaused
    if (outcome === 'released') return !isTaking || !this.#settings.handlers.has(type)
    return (outcome === 'retrying' || outcome === 'snoozed') && !isTaking
  }

  #tellEnd({ id }: JobRow, outcome: Outcome): void {
    if (outcome === 'completed' || outcome === 'failed' || outcome === 'cancelled') this.#store.hints.tellEnd(id)
  }

  #onLost(held: HeldJob): void {
    this.#slots.held.remove(held)
    this.#reporter.lost(held)
  }

  #onRescued(row: JobRow, outcome: Outcome, settlement: Settlement): void {
    this.#tellEnd(row, outcome)
    if (outcome === 'rescued') for (const hint of hintsOf([{ ...settlement, queue: row.queue }])) this.#store.hints.send(hint)
    this.#reporter.rescued(row, outcome, settlement)
  }

  #onHint(hint: Hint): void {
    if (hint.kind === 'runnable') this.#claimer.hint(hint)
    else if (hint.kind === 'cancel') this.#onCancelled(hint.id)
    else if (hint.kind === 'paused') this.#onPaused(hint.queue)
    else if (hint.kind === 'look') {
      this.#claimer.look()
      this.#cancels.lookAtAll()
    }
  }

  /** It is held here, or a claim that is under way will bring it. */
  #onCancelled(id: string): void {
    this.#cancelledMeanwhile.add(id, this.#claimer.claimsInFlight)
    this.#cancels.look(id)
  }

  /** What waits here is handed back, and so is what a claim that is under way will bring. */
  #onPaused(queue: string): void {
    this.#pausedMeanwhile.add(queue, this.#claimer.claimsInFlight)
    this.#slots.releaseWaiting(queue)
  }

  #onLeaseLost(reason: DbjobqError): void {
    const lost = [...this.#slots.held.values()]
    this.#slots.held.lose(reason)
    for (const held of lost) this.#reporter.lost(held)
  }
}
