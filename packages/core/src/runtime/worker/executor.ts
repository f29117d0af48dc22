import type { BoundJob, JobDefinition } from '../../model/definition.js'
import { DbjobqError } from '../../model/errors.js'
import { toFailure, wasWorkerLost } from '../../model/failure.js'
import type { Ending } from '../../model/outcome.js'
import { decodePolicy } from '../../model/policy.js'
import type { JobRow } from '../../model/storage.js'
import { classify } from './classify.js'
import type { HeldJob } from './held-job.js'
import { RunContext } from './job-context.js'
import { encodeResult, isNewer, readData } from './payload.js'
import type { Store } from '../store.js'

/** How long a handler may go on after its signal was aborted, ms; then the job is settled without it and its slot is free. */
const grace = 1_000
/** How long a job of a newer version is left to workers that know it, on average, ms. */
const newerVersionPause = 5_000

interface ExecutorOptions {
  store: Store
  handlers: ReadonlyMap<string, BoundJob>
  onStarted: (held: HeldJob) => void
  /** The handler is still running. */
  onStuck: (held: HeldJob) => void
}

/** Runs one claimed job to its ending. Never rejects for what a handler does. */
export class Executor {
  readonly #options: ExecutorOptions
  /** Jobs that once took their worker down run one at a time, so that one that does it again takes no other of its kind along. */
  #careful: Promise<unknown> = Promise.resolve()

  constructor(options: ExecutorOptions) {
    this.#options = options
  }

  /** The ending; undefined when the lease was lost and there is nothing to settle. */
  async run(held: HeldJob): Promise<Ending | undefined> {
    held.state = 'running'
    held.row.startedAt = this.#options.store.clock.now()
    if (!wasWorkerLost(held.row.errors)) return this.#supervise(held)
    const turn = this.#careful.then(() => this.#runCarefully(held))
    this.#careful = turn.catch(() => undefined)
    return turn
  }

  /** Its start is written before anything of it is looked at: if it kills this process, the attempt is charged. */
  async #runCarefully(held: HeldJob): Promise<Ending | undefined> {
    if (held.reason) return this.#endAborted(held)
    const { id, claimId, startedAt } = held.row
    const [isHeld] = await this.#options.store.storage.markJobs([{ id, claimId: claimId ?? '', startedAt: startedAt ?? 0 }])
    if (!isHeld) {
      held.abort(new DbjobqError('LEASE_LOST', `Job ${id} was taken from this worker before it started.`))
      return undefined
    }
    held.isMarked = true
    return this.#supervise(held)
  }

  /** The handler, its time limit, and the end of our patience after an abort. */
  #supervise(held: HeldJob): Promise<Ending | undefined> {
    const { timeout } = decodePolicy(held.row.options)
    const running = this.#handle(held)
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined
      let patience: NodeJS.Timeout | undefined
      const end = (ending: Ending | undefined): void => {
        clearTimeout(timer)
        clearTimeout(patience)
        resolve(ending)
      }
      void running.then(end)
      if (timeout !== null) {
        timer = setTimeout(() => held.abort(late(held.row, timeout)), Math.min(timeout, 2 ** 31 - 1))
      }
      held.whenAborted(() => {
        patience = setTimeout(() => {
          this.#options.onStuck(held)
          end(this.#endAborted(held))
        }, grace)
      })
    })
  }

  async #handle(held: HeldJob): Promise<Ending | undefined> {
    const { row } = held
    const { store, handlers, onStarted } = this.#options
    const bound = handlers.get(row.type)
    if (!bound) return { kind: 'released' }
    const context = new RunContext(held, store)
    // Not at once: this worker would claim it again and again until another does.
    if (isNewer(bound.definition, row)) return { kind: 'released', delay: Math.round(newerVersionPause * (0.5 + Math.random())) }
    let data: unknown
    try {
      data = await readData(bound.definition, row)
    } catch (error) {
      return { kind: 'permanent', failure: toFailure(error, row.attempts, store.clock.now()) }
    }
    try {
      onStarted(held)
      const result = await bound.run(data, context)
      return held.isLost ? undefined : await this.#complete(held, bound.definition, result, context)
    } catch (thrown) {
      return held.isLost ? undefined : classify(row, bound.definition, thrown, held.reason, store.clock.now())
    }
  }

  /** Its work is done; a result that cannot be stored fails it for good, since running it again would do the work again. */
  async #complete({ row }: HeldJob, definition: JobDefinition, result: unknown, { followUps }: RunContext): Promise<Ending> {
    try {
      return { kind: 'completed', result: await encodeResult(definition, result), followUps }
    } catch (error) {
      return { kind: 'permanent', failure: toFailure(error, row.attempts, this.#options.store.clock.now()) }
    }
  }

  #endAborted(held: HeldJob): Ending | undefined {
    if (held.isLost) return undefined
    const bound = this.#options.handlers.get(held.row.type)
    if (!bound) return { kind: 'released' }
    return classify(held.row, bound.definition, held.reason, held.reason, this.#options.store.clock.now())
  }
}

function late({ id, type }: JobRow, timeout: number): DbjobqError {
  return new DbjobqError('JOB_TIMEOUT', `Job ${id} (${type}) took longer than its timeout of ${timeout} ms.`)
}
