import { DbjobqError } from '../../model/errors.js'
import type { Outcome } from '../../model/outcome.js'
import type { JobRow, Settlement } from '../../model/storage.js'
import type { Emitter } from '../emitter.js'
import { hintsOf, type Hint } from '../hints.js'
import { Ticker } from '../schedules/ticker.js'
import type { Store } from '../store.js'
import { Beat, cancelled } from './beat.js'
import { CancelWatch } from './cancel-watch.js'
import { Claimer } from './claimer.js'
import { DuringClaims } from './during-claims.js'
import { EventLoopWatch } from './event-loop-watch.js'
import type { WorkerEvents } from './events.js'
import { Executor } from './executor.js'
import { HeldJob } from './held-job.js'
import { Lease } from './lease.js'
import { Maintenance } from './maintenance.js'
import { Reporter } from './reporter.js'
import { Settler } from './settler.js'
import { Slots } from './slots.js'
import { Trouble } from './trouble.js'
import type { WorkerSettings } from './worker-options.js'
import { describeSlots, describeWorker, runningJobs, type RunningJob, type WorkerState, type WorkerStatus } from './worker-status.js'

/** How long `stop` waits for the last settlements when the database does not answer; then the jobs are left to rescue, ms. */
const flushTimeout = 5_000

interface EngineOptions {
  store: Store
  settings: WorkerSettings
  events: Emitter<WorkerEvents>
  state: () => WorkerState
}

/** The parts that do the work of a worker, and what each tells the others. */
export class Engine {
  readonly #store: Store
  readonly #settings: WorkerSettings
  readonly #state: () => WorkerState
  readonly #trouble: Trouble
  readonly #reporter: Reporter
  readonly #executor: Executor
  readonly #slots: Slots
  readonly #settler: Settler
  readonly #claimer: Claimer
  readonly #lease: Lease
  readonly #eventLoop: EventLoopWatch
  readonly #cancels: CancelWatch
  readonly #maintenance: Maintenance
  readonly #ticker: Ticker | undefined
  readonly #pausedMeanwhile = new DuringClaims()
  readonly #cancelledMeanwhile = new DuringClaims()
  #unlisten: (() => void) | undefined

  constructor({ store, settings, events, state }: EngineOptions) {
    const trouble = new Trouble(events)
    this.#store = store
    this.#settings = settings
    this.#state = state
    this.#trouble = trouble
    this.#reporter = new Reporter(events, settings.onError)
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
      workerId: () => (this.#lease.isHeld && this.#isTaking ? this.#lease.workerId : null),
      room: () => this.#slots.room,
      roomOf: (name) => this.#slots.roomOf(name),
      onClaimed: (jobs, workerId) => this.#onClaimed(jobs, workerId),
      reports: trouble.during('claim'),
    })
    const beat = new Beat(store, this.#slots.held, this.#claimer.claimsInFlight, (name) => this.#onPaused(name))
    this.#lease = new Lease({
      store,
      lease: settings.lease,
      describe: () => describeWorker(settings, this.#slots, state() === 'paused'),
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

  /** Changes when a lease is lost. */
  get workerId(): string {
    return this.#lease.workerId
  }

  /** Slots taken. */
  get running(): number {
    return this.#slots.running
  }

  jobs(): RunningJob[] {
    return runningJobs(this.#slots.held.values())
  }

  status(): Omit<WorkerStatus, 'state'> {
    return {
      ...describeSlots(this.#settings, this.#slots),
      stuck: this.#executor.stuck,
      workerId: this.#lease.workerId,
      leaseUntil: this.#lease.until === null ? null : new Date(this.#lease.until),
      counters: { ...this.#reporter.counters },
      isTroubled: this.#trouble.isGoingOn,
      lastTrouble: this.#trouble.last,
    }
  }

  /** Rejects, with nothing begun, where the store cannot be used. */
  async start(): Promise<void> {
    await this.#store.ready()
    await this.#lease.start()
    this.#unlisten = this.#store.hints.listen((hint) => this.#onHint(hint))
    this.#eventLoop.start()
    this.#settler.start()
    this.#claimer.start()
    if (this.#settings.maintenance) this.#maintenance.start()
    this.#ticker?.start()
  }

  /** Waits for what runs until `late`, then hands it back; resolves when all that ended is written. */
  async stop(late: Promise<void>): Promise<void> {
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
    this.#unlisten?.()
  }

  /** Gives back, uncounted, what waits here. */
  releaseWaiting(): void {
    this.#slots.releaseWaiting()
  }

  /** Anything may have changed. */
  look(): void {
    this.#claimer.look()
  }

  get #isTaking(): boolean {
    return this.#state() === 'running'
  }

  #onClaimed(rows: JobRow[], workerId: string): void {
    const isMine = workerId === this.#lease.workerId && this.#isTaking
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
    if (outcome === 'released') return !this.#isTaking || !this.#settings.handlers.has(type)
    return (outcome === 'retrying' || outcome === 'snoozed') && !this.#isTaking
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
