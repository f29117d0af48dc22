import { milliseconds, type Duration } from '../../model/duration.js'
import { DbjobqError } from '../../model/errors.js'
import type { Outcome } from '../../model/outcome.js'
import type { HeartbeatAnswer, JobRow, Settlement } from '../../model/storage.js'
import { Capacity } from './capacity.js'
import { Claimer } from './claimer.js'
import { Emitter } from '../emitter.js'
import type { WorkerEvents } from './events.js'
import { Executor } from './executor.js'
import { HeldJob } from './held-job.js'
import type { Hint } from '../hints.js'
import { Holdings } from './holdings.js'
import { Lease } from './lease.js'
import { Maintenance } from './maintenance.js'
import { Ticker } from '../schedules/ticker.js'
import { storeOf, type JobQueue } from '../queue/job-queue.js'
import { Settler } from './settler.js'
import { stopOnSignals } from './signals.js'
import type { Store } from '../store.js'
import { Strays } from './strays.js'
import { jobEvent, tell } from './tell.js'
import { Trouble } from './trouble.js'
import { workerSettings, type WorkerOptions, type WorkerSettings } from './worker-options.js'

/** How long `stop` waits for the last settlements when the database does not answer; then the jobs are left to rescue, ms. */
const flushTimeout = 5_000

/** Runs jobs: claims them in batches, runs their handlers, and writes how they ended. Any number of workers, in any number of processes, may serve a queue. */
export class Worker implements AsyncDisposable {
  readonly #settings: WorkerSettings
  readonly #store: Store
  readonly #events = new Emitter<WorkerEvents>()
  readonly #holdings = new Holdings()
  readonly #capacity: Capacity
  readonly #strays = new Strays()
  readonly #lease: Lease
  readonly #claimer: Claimer
  readonly #executor: Executor
  readonly #settler: Settler
  readonly #maintenance: Maintenance
  readonly #ticker: Ticker | undefined
  #state: 'new' | 'running' | 'stopping' | 'stopped' = 'new'
  #running = 0
  #whenIdle: (() => void) | undefined
  #hurry: (() => void) | undefined
  #started: Promise<void> | undefined
  #stopped: Promise<void> | undefined
  #release: (() => void)[] = []

  /** @throws DbjobqError `INVALID_OPTION`, `INVALID_NAME`, `INVALID_DURATION`, `DUPLICATE_JOB_TYPE` */
  constructor(queue: JobQueue<unknown>, options: WorkerOptions) {
    if (!(storeOf in queue)) throw new DbjobqError('INVALID_OPTION', 'new Worker() takes a JobQueue as its first argument.')
    const settings = workerSettings(options)
    const trouble = new Trouble(this.#events)
    // A worker passes no transaction on, whatever its queue may take.
    const store: Store = queue[storeOf] as Store
    const now = () => store.clock.now()
    this.#settings = settings
    this.#store = store
    this.#capacity = new Capacity(settings.concurrency)
    this.#lease = new Lease({
      store,
      lease: settings.lease,
      describe: () => ({ queues: settings.queues, concurrency: settings.concurrency, running: this.#running }),
      onBeat: (claims) => this.#onBeat(claims),
      onLost: (reason) => this.#onLeaseLost(reason),
      onTrouble: trouble.during('heartbeat'),
    })
    this.#claimer = new Claimer({
      store,
      queues: settings.queues,
      types: [...settings.handlers.keys()],
      poll: settings.poll,
      workerId: () => (this.#lease.isHeld ? this.#lease.workerId : null),
      room: () => this.#room(),
      onClaimed: (jobs, workerId) => this.#onClaimed(jobs, workerId),
      onTrouble: trouble.during('claim'),
    })
    this.#executor = new Executor({
      store,
      handlers: settings.handlers,
      onStarted: ({ row }) => this.#events.emit('started', jobEvent(row)),
      onStuck: ({ row, reason }) => this.#events.emit('stuck', { ...jobEvent(row), reason }),
    })
    this.#settler = new Settler({
      storage: store.storage,
      now,
      onSettled: (held, outcome, settlement) => this.#onSettled(held, outcome, settlement),
      onLost: (held) => this.#onLost(held),
      onFlushed: () => this.#claimer.wake(),
      onTrouble: trouble.during('settlement'),
    })
    this.#maintenance = new Maintenance({
      store,
      rescueEvery: settings.lease / 4,
      onRescued: (row, outcome, settlement) => this.#onRescued(row, outcome, settlement),
      onTrouble: trouble.during('maintenance'),
    })
    this.#ticker = settings.schedules ? new Ticker({ store, onTrouble: trouble.during('schedules') }) : undefined
  }

  /** Listens; answers the function that ends it. */
  on<Name extends keyof WorkerEvents>(name: Name, listener: (event: WorkerEvents[Name]) => void): () => void {
    return this.#events.on(name, listener)
  }

  /** Jobs whose handlers run now. */
  get activeJobs(): number {
    return this.#running
  }

  get isRunning(): boolean {
    return this.#state === 'running'
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

  /** Starts and resolves once stopped: by `stop`, or by SIGTERM or SIGINT, of which the first drains and a second hands back what still runs. */
  async run(): Promise<void> {
    await this.start()
    const release = stopOnSignals((timeout) => this.stop(timeout === undefined ? {} : { timeout }))
    try {
      if (this.isRunning) await new Promise<void>((resolve) => this.#release.push(resolve))
      await this.#stopped
    } finally {
      release()
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
      const timer = setTimeout(() => this.#hurry?.(), Math.min(timeout, 2 ** 31 - 1))
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
    this.#release = [this.#store.hints.listen((hint) => this.#onHint(hint)), this.#store.beforeClose(() => this.stop())]
    this.#settler.start()
    this.#claimer.start()
    this.#maintenance.start()
    this.#ticker?.start()
  }

  async #shutDown(): Promise<void> {
    const late = new Promise<void>((resolve) => (this.#hurry = resolve))
    // It may still be connecting.
    await this.#started?.catch(() => undefined)
    await Promise.all([this.#claimer.stop(), this.#maintenance.stop(), this.#ticker?.stop()])
    for (const held of this.#holdings.takeWaiting()) this.#settler.add(held, { kind: 'released' })
    await Promise.race([this.#idle(), late])
    const reason = new DbjobqError('SHUTDOWN', 'The worker stops and did not wait longer for this job; it is handed back.')
    for (const held of this.#holdings.values()) if (held.state === 'running') held.abort(reason)
    await this.#idle()
    await this.#settler.drain(flushTimeout)
    await this.#settler.stop()
    await this.#lease.stop().catch((error: unknown) => this.#events.emit('trouble', { during: 'shutdown', error }))
    this.#state = 'stopped'
    for (const release of this.#release.splice(0)) release()
  }

  #idle(): Promise<void> {
    return this.#running === 0 ? Promise.resolve() : new Promise((resolve) => (this.#whenIdle = resolve))
  }

  #room(): number {
    const room = this.#capacity.jobs - this.#holdings.size
    // Refilling by handfuls would cost a claim for each job: wait until half is free, unless slots are.
    return this.#holdings.waiting > 0 && room < this.#capacity.jobs / 2 ? 0 : Math.max(room, 0)
  }

  #onClaimed(rows: JobRow[], workerId: string): void {
    const isMine = workerId === this.#lease.workerId && this.#state === 'running'
    const own: HeldJob[] = []
    for (const row of rows) {
      const held = new HeldJob(row, this.#settings.queues.indexOf(row.queue))
      const isKnown = this.#settings.handlers.has(row.type)
      if (isMine && !isKnown) this.#claimer.meetForeignType(row.queue)
      if (isMine && isKnown) own.push(held)
      else this.#settler.add(held, { kind: 'released' })
    }
    this.#holdings.add(own)
    this.#fill()
  }

  #fill(): void {
    while (this.#running < this.#settings.concurrency && this.#state !== 'stopped') {
      const held = this.#holdings.next()
      if (!held) break
      if (held.reason) this.#settler.add(held, { kind: 'cancelled' })
      else this.#run(held)
    }
  }

  #run(held: HeldJob): void {
    const startedAt = performance.now()
    this.#running++
    this.#executor
      .run(held)
      .catch((error: unknown) => {
        this.#events.emit('trouble', { during: 'start of a job', error })
        return { kind: 'released' } as const
      })
      .then((ending) => {
        this.#running--
        this.#capacity.ran(performance.now() - startedAt)
        if (ending && !held.isLost) this.#settler.add(held, ending)
        else this.#holdings.remove(held)
        this.#fill()
        if (this.#holdings.waiting === 0) this.#claimer.wake()
        if (this.#running === 0) this.#whenIdle?.()
      })
      .catch((error: unknown) => this.#events.emit('trouble', { during: 'end of a job', error }))
  }

  #onSettled(held: HeldJob, outcome: Outcome, { runAt, errors, followUps = [] }: Settlement): void {
    this.#holdings.remove(held)
    if (outcome === 'retrying' || outcome === 'snoozed') this.#claimer.hint(held.row.queue, runAt)
    for (const followUp of followUps) this.#store.hints.send({ kind: 'runnable', queue: followUp.queue, runAt: followUp.runAt })
    tell(this.#events, held.row, outcome, runAt, errors)
  }

  #onLost(held: HeldJob): void {
    this.#holdings.remove(held)
    this.#events.emit('leaseLost', jobEvent(held.row))
  }

  #onRescued(row: JobRow, outcome: Outcome, { runAt, errors }: Settlement): void {
    if (outcome === 'rescued') this.#claimer.hint(row.queue, runAt)
    tell(this.#events, row, outcome, runAt, errors)
  }

  #onHint(hint: Hint): void {
    if (hint.kind === 'runnable') this.#claimer.hint(hint.queue, hint.runAt)
    else if (hint.kind === 'cancel') this.#holdings.get(hint.id)?.abort(cancelled(hint.id))
  }

  #onLeaseLost(reason: DbjobqError): void {
    const lost = [...this.#holdings.values()]
    this.#holdings.lose(reason)
    for (const { row } of lost) this.#events.emit('leaseLost', jobEvent(row))
  }

  async #onBeat(claims: HeartbeatAnswer['claims']): Promise<void> {
    this.#claimer.wake()
    const unknown = []
    for (const claim of claims) {
      const held = this.#holdings.get(claim.id)
      if (held?.row.claimId !== claim.claimId) {
        if (!this.#claimer.claimsInFlight.has(claim.claimId)) unknown.push(claim)
      } else if (claim.cancelRequested) held.abort(cancelled(claim.id))
    }
    await this.#markStarted()
    await this.#strays.handBack(unknown, this.#store.storage, () => this.#store.clock.now())
  }

  /** Handlers that are still running at a beat have started for sure: if this process dies, their attempt is charged. */
  async #markStarted(): Promise<void> {
    const running = [...this.#holdings.values()].filter(({ state, isMarked }) => state === 'running' && !isMarked)
    if (running.length === 0) return
    const marks = running.map(({ row }) => ({ id: row.id, claimId: row.claimId ?? '', startedAt: row.startedAt ?? 0 }))
    await this.#store.storage.markJobs(marks)
    for (const held of running) held.isMarked = true
  }
}

function cancelled(id: string): DbjobqError {
  return new DbjobqError('JOB_CANCELLED', `Job ${id} was cancelled.`)
}
