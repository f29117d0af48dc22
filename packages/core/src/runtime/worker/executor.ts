import type { BoundJob, JobDefinition } from '../../model/definition.js'
import { longestTimer } from '../../model/duration.js'
import { DbjobqError } from '../../model/errors.js'
import type { Logger } from '../../model/logger.js'
import { attemptsLost, toFailure } from '../../model/failure.js'
import type { Ending } from '../../model/outcome.js'
import { decodePolicy } from '../../model/policy.js'
import type { JobRow, Settlement } from '../../model/storage.js'
import { asCurrentJob } from '../current-job.js'
import { classify } from './classify.js'
import type { Completion } from './completion.js'
import type { HeldJob } from './held-job.js'
import { RunContext } from './job-context.js'
import { encodeResult, isNewer, readData } from './payload.js'
import type { Store } from '../store.js'
import { Turns } from './turns.js'

/** How long a handler may go on after its signal was aborted, ms; then the job is settled without it and its slot is free. */
const grace = 1_000
/** How long a job of a newer version is left to workers that know it, on average, ms. */
const newerVersionPause = 5_000

interface ExecutorOptions {
  store: Store
  handlers: ReadonlyMap<string, BoundJob>
  logger: Logger
  /** Called before a handler starts: whoever finds that the lease is gone aborts the job. */
  checkLease: () => void
  onStarted: (held: HeldJob) => void
  onProgress: (held: HeldJob, progress: unknown) => void
  /** Its handler completed it in a transaction of its own, which committed. */
  onCommitted: (held: HeldJob, settlement: Settlement) => void
  /** The handler is still running. */
  onStuck: (held: HeldJob) => void
}

/** What calling a handler came to. */
type Ran = { result: unknown } | { thrown: unknown }

/** Runs one claimed job to its ending. Never rejects for what a handler does. */
export class Executor {
  readonly #options: ExecutorOptions
  readonly #turns = new Turns()
  #stuck = 0

  constructor(options: ExecutorOptions) {
    this.#options = options
  }

  /** Handlers that go on though their jobs were settled without them. */
  get stuck(): number {
    return this.#stuck
  }

  /** The ending; undefined when there is nothing to settle: the lease was lost, or the handler's own transaction completed it. */
  async run(held: HeldJob): Promise<Ending | undefined> {
    held.state = 'running'
    const lost = attemptsLost(held.row.errors)
    if (lost > 0) return this.#turns.take(held, lost, (begins) => this.#runCarefully(held, begins))
    held.row.startedAt = this.#options.store.clock.now()
    return this.#supervise(held)
  }

  /** Its start is written before anything of it is looked at: if it kills this process, the attempt is charged. */
  async #runCarefully(held: HeldJob, begins: () => void): Promise<Ending | undefined> {
    if (held.reason) return this.#endAborted(held)
    const { id, claimId } = held.row
    const startedAt = this.#options.store.clock.now()
    held.row.startedAt = startedAt
    const [isHeld] = await this.#options.store.storage.markJobs([{ id, claimId: claimId ?? '', startedAt }])
    if (!isHeld) {
      held.abort(new DbjobqError('LEASE_LOST', `Job ${id} was taken from this worker before it started.`))
      return undefined
    }
    held.isMarked = true
    begins()
    return this.#supervise(held)
  }

  /** The handler, its time limit, and the end of our patience after an abort. */
  #supervise(held: HeldJob): Promise<Ending | undefined> {
    const { timeout } = decodePolicy(held.row.options)
    const running = this.#handle(held)
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined
      let patience: NodeJS.Timeout | undefined
      const end = (ending: Ending | undefined): void => {
        clearTimeout(timer)
        clearTimeout(patience)
        held.finish()
        resolve(ending)
      }
      running.then(end, reject)
      if (timeout !== null) {
        timer = setTimeout(() => held.abort(late(held.row, timeout)), Math.min(timeout, longestTimer))
      }
      held.whenAborted(() => {
        clearTimeout(patience)
        patience = setTimeout(() => {
          this.#options.onStuck(held)
          // Its transaction may commit: settling it now would wait for that, and might contradict it.
          if (held.isCompleting && !held.mustEnd) return
          held.state = 'ended'
          this.#stuck++
          running.finally(() => this.#stuck--).catch(() => undefined)
          end(held.isCompleting ? undefined : this.#endAborted(held))
        }, grace)
      })
    })
  }

  async #handle(held: HeldJob): Promise<Ending | undefined> {
    const { row } = held
    const { store, handlers, onStarted } = this.#options
    const bound = handlers.get(row.type)
    if (!bound) return { kind: 'released' }
    // Not at once: this worker would claim it again and again until another does.
    if (isNewer(bound.definition, row)) return { kind: 'released', delay: Math.round(newerVersionPause * (0.5 + Math.random())) }
    const context = new RunContext(held, this.#options)
    let data: unknown
    try {
      data = await readData(bound.definition, row)
    } catch (error) {
      held.thrown = error
      return { kind: 'permanent', failure: toFailure(error, row.attempts, store.clock.now()) }
    }
    this.#options.checkLease()
    const { reason } = held
    if (reason) return this.#endAborted(held)
    held.begin()
    const ran = await this.#call(() => {
      onStarted(held)
      return asCurrentJob(context, () => bound.run(data, context))
    })
    held.finish()
    if (held.isLost) return undefined
    const ended = context.completion?.settlement ? await this.#confirm(held, context.completion, ran) : ran
    if (!ended) return undefined
    if (!('thrown' in ended)) return this.#complete(held, bound.definition, ended.result, context)
    held.thrown = held.reason ?? ended.thrown
    return classify(row, bound.definition, ended.thrown, held.reason, store.clock.now())
  }

  async #call(run: () => unknown): Promise<Ran> {
    try {
      return { result: await run() }
    } catch (thrown) {
      return { thrown }
    }
  }

  /** The handler completed its job in a transaction: undefined when that committed, or was no longer ours to commit; else what failed. */
  async #confirm(held: HeldJob, completion: Completion, ran: Ran): Promise<Ran | undefined> {
    const outcome = await completion.confirm()
    if (outcome === 'committed' && completion.settlement) this.#options.onCommitted(held, completion.settlement)
    if (outcome === 'lost')
      held.abort(new DbjobqError('LEASE_LOST', `Job ${held.row.id} was taken from this worker before it was completed.`))
    if (outcome !== 'rolled back') return undefined
    held.isCompleting = false
    if ('thrown' in ran) return ran
    const message = `Job ${held.row.id} was completed in a transaction that was rolled back. Await it in the handler, and let its error through.`
    return { thrown: new DbjobqError('COMPLETION_NOT_COMMITTED', message) }
  }

  /** Its work is done; a result that cannot be stored fails it for good, since running it again would do the work again. */
  async #complete(held: HeldJob, definition: JobDefinition, result: unknown, { followUps }: RunContext): Promise<Ending> {
    const { row } = held
    try {
      return { kind: 'completed', result: await encodeResult(definition, result), followUps }
    } catch (error) {
      held.thrown = error
      return { kind: 'permanent', failure: toFailure(error, row.attempts, this.#options.store.clock.now()) }
    }
  }

  #endAborted(held: HeldJob): Ending | undefined {
    if (held.isLost) return undefined
    const bound = this.#options.handlers.get(held.row.type)
    if (!bound) return { kind: 'released' }
    held.thrown = held.reason
    return classify(held.row, bound.definition, held.reason, held.reason, this.#options.store.clock.now())
  }
}

function late({ id, type }: JobRow, timeout: number): DbjobqError {
  return new DbjobqError('JOB_TIMEOUT', `Job ${id} (${type}) took longer than its timeout of ${timeout} ms.`)
}
