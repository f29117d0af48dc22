import { decode } from '../model/codec.js'
import { DbjobqError } from '../model/errors.js'
import { settle, type Ending } from '../model/outcome.js'
import type { JobRow, Settlement } from '../model/storage.js'
import { hintsOf, type Hint } from '../runtime/hints.js'
import type { Store } from '../runtime/store.js'
import type { Executor } from '../runtime/worker/executor.js'
import { HeldJob } from '../runtime/worker/held-job.js'
import { errorOf, quietExecutor } from './quiet-executor.js'
import type { JobRun, RunOutcome } from './report.js'
import { RunLease } from './run-lease.js'
import type { RunSettings } from './run-options.js'
import { RunSource } from './run-source.js'
import { PinnedClock } from './test-clock.js'

/**
 * One call of `runJobs`: claims a job, runs and settles it, and looks again. It waits for nothing but the store and the handlers,
 * never for a timer or a turn of the event loop, since those may be faked.
 */
export class JobRunner {
  readonly #store: Store
  readonly #settings: RunSettings
  readonly #source: RunSource
  readonly #executor: Executor
  readonly #active = new Map<HeldJob, Promise<void>>()
  readonly #runs: JobRun[] = []
  /** Completed by their handlers, in transactions of their own. */
  readonly #committed = new Map<HeldJob, Settlement>()
  readonly #lease: RunLease
  #started = 0
  #isEnough = false
  #problem: { error: unknown } | undefined
  #wake: () => void = () => undefined
  /** Epoch ms; undefined: time is left as it is. */
  #horizon: number | undefined

  constructor(store: Store, settings: RunSettings) {
    this.#store = store
    this.#settings = settings
    this.#source = new RunSource(store, settings)
    this.#lease = new RunLease({
      store,
      describe: () => ({ queues: settings.queues ?? [], concurrency: settings.concurrency, running: this.#active.size }),
      onCancel: ({ id, claimId }) => this.#cancel(id, claimId),
      onLost: (reason) => this.#abort(reason),
    })
    this.#executor = quietExecutor({
      store,
      handlers: settings.handlers,
      onCommitted: (held, settlement) => this.#committed.set(held, settlement),
    })
  }

  async run(): Promise<JobRun[]> {
    const { signal, advance } = this.#settings
    signal?.throwIfAborted()
    await this.#store.ready()
    if (advance !== undefined) this.#horizon = this.#store.clock.now() + advance
    const stopListening = this.#store.hints.listen((hint) => this.#onHint(hint))
    const onAbort = () => this.#abort()
    signal?.addEventListener('abort', onAbort)
    try {
      while (await this.#turn());
      await Promise.all(this.#active.values())
      this.#throwProblem()
      return this.#runs
    } finally {
      signal?.removeEventListener('abort', onAbort)
      this.#abort()
      await Promise.all(this.#active.values())
      stopListening()
      // What fails here is a lease that runs out by itself.
      await this.#lease.end().catch(() => undefined)
    }
  }

  /** False when there is nothing left to do. */
  async #turn(): Promise<boolean> {
    this.#settings.signal?.throwIfAborted()
    this.#throwProblem()
    if (this.#isEnough) return false
    const woken = new Promise<void>((resolve) => (this.#wake = resolve))
    if (await this.#fill()) return this.#advance()
    if (this.#active.size > 0) await Promise.race([woken, ...this.#active.values()])
    return true
  }

  /** True when nothing ran and nothing was due. */
  async #fill(): Promise<boolean> {
    const { concurrency, maxRuns } = this.#settings
    const free = concurrency - this.#active.size
    if (free === 0) return false
    const workerId = await this.#lease.hold()
    const rows = await this.#source.claim(workerId, Math.min(free, Math.max(maxRuns - this.#started, 1)))
    for (const row of rows) this.#start(new HeldJob(row, 0))
    // What ended while the store was asked may have made jobs that it did not see.
    return rows.length === 0 && free === concurrency
  }

  #start(held: HeldJob): void {
    if (this.#settings.signal?.aborted) held.abort(shutdown())
    else if (this.#started === this.#settings.maxRuns) {
      const { id, type } = held.row
      const message = `runJobs: after ${this.#started} runs job ${id} (${type}) is due. Do jobs enqueue each other for ever? Else raise maxRuns.`
      this.#problem ??= { error: new DbjobqError('TOO_MANY_RUNS', message) }
      held.abort(shutdown())
    } else this.#started++
    const run = held.reason ? this.#settle(held, { kind: 'released' }).then(() => undefined) : this.#run(held)
    const ended = run
      .catch((error: unknown) => void (this.#problem ??= { error }))
      .finally(() => {
        this.#active.delete(held)
        held.leave()
      })
    this.#active.set(held, ended)
  }

  async #run(held: HeldJob): Promise<void> {
    const data = decode(held.row.data)
    const ending = await this.#executor.run(held)
    const error = errorOf(held, ending)
    const { outcome, settlement } = ending && !held.isLost ? await this.#settle(held, ending) : this.#committedOrLost(held)
    const { id, type, queue, attempts } = held.row
    const run: JobRun = { id, type, queue, data, attempt: attempts, outcome, error, ...laterOf(outcome, settlement) }
    this.#runs.push(run)
    if (this.#settings.isEnough(run)) this.#isEnough = true
    if (this.#settings.throwOnFailure && (outcome === 'failed' || outcome === 'retrying')) {
      const message = `runJobs: job ${id} (${type}) failed at attempt ${attempts}: ${messageOf(settlement)}`
      this.#problem ??= { error: new DbjobqError('JOB_FAILED', message, { cause: error }) }
    }
  }

  async #settle(held: HeldJob, ending: Ending): Promise<{ outcome: RunOutcome; settlement?: Settlement }> {
    const { outcome, settlement } = settle(held.row, ending, this.#store.clock.now())
    const [answer] = await this.#store.storage.settleJobs([settlement])
    if (answer === 'cancelRequested') return this.#settle(held, { kind: 'cancelled' })
    if (answer !== 'settled') return { outcome: 'lost' }
    for (const hint of hintsOf(settlement.followUps ?? [])) this.#store.hints.send(hint)
    return { outcome: outcome as RunOutcome, settlement }
  }

  #committedOrLost(held: HeldJob): { outcome: RunOutcome; settlement?: Settlement } {
    const settlement = this.#committed.get(held)
    this.#committed.delete(held)
    return settlement ? { outcome: 'completed', settlement } : { outcome: 'lost' }
  }

  /** On to the time of the next job. */
  async #advance(): Promise<boolean> {
    if (this.#horizon === undefined) return false
    const clock = this.#store.clock instanceof PinnedClock ? this.#store.clock.source : undefined
    const next = await this.#source.nextRunAt()
    const isOver = next === null || next > this.#horizon
    const time = isOver ? this.#horizon : next
    if (clock && Number.isFinite(time) && time > clock.now.getTime()) {
      // The lease would not outlive the jump.
      await this.#lease.end()
      clock.set(new Date(time))
    } else if (!isOver) await this.#source.bringForward(next)
    return !isOver
  }

  #onHint(hint: Hint): void {
    if (hint.kind === 'cancel') this.#cancel(hint.id)
    else this.#wake()
  }

  #cancel(id: string, claimId?: string): void {
    for (const held of this.#active.keys()) {
      if (held.row.id === id && (claimId === undefined || held.row.claimId === claimId)) {
        held.abort(new DbjobqError('JOB_CANCELLED', `Job ${id} was cancelled.`))
      }
    }
  }

  #abort(reason = shutdown()): void {
    for (const held of this.#active.keys()) held.abort(reason)
  }

  #throwProblem(): void {
    if (this.#problem) throw this.#problem.error
  }
}

function shutdown(): DbjobqError {
  return new DbjobqError('SHUTDOWN', 'runJobs ends and does not wait longer for this job; it is handed back.')
}

function laterOf(outcome: RunOutcome, settlement: Settlement | undefined): Pick<JobRun, 'result' | 'runAt'> {
  const result = settlement?.result == null ? undefined : decode(settlement.result)
  const isPutBack = outcome === 'retrying' || outcome === 'snoozed' || outcome === 'released'
  return { result, runAt: isPutBack && settlement ? new Date(settlement.runAt) : null }
}

function messageOf(settlement: Pick<JobRow, 'errors'> | undefined): string {
  return (JSON.parse(settlement?.errors ?? '[]') as { message: string }[]).at(-1)?.message ?? 'it says nothing more'
}
