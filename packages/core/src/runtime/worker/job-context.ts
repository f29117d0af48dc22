import { encode, decode } from '../../model/codec.js'
import type { JobContext } from '../../model/context.js'
import type { JobDefinition } from '../../model/definition.js'
import type { EnqueueOptions } from '../../model/enqueue-options.js'
import { DbjobqError } from '../../model/errors.js'
import { toJob, toTick, type Job } from '../../model/job.js'
import { withFields, type Logger } from '../../model/logger.js'
import { decodePolicy } from '../../model/policy.js'
import { maxRowsPerCall, type NewJob } from '../../model/storage.js'
import { sizeOf } from '../queue/batches.js'
import { draftFollowUp } from './follow-up.js'
import { Completion } from './completion.js'
import type { HeldJob } from './held-job.js'
import type { Store } from '../store.js'

/** Half of what one call carries; the result and the errors of the job share the other half. */
const maxFollowUpBytes = 2 * 1024 * 1024

interface ContextOptions {
  store: Store
  logger: Logger
  onProgress: (held: HeldJob, progress: unknown) => void
}

/** What a handler gets; made for each run. */
export class RunContext implements JobContext {
  /** Written with the completion. */
  readonly followUps: NewJob[] = []
  readonly #held: HeldJob
  readonly #options: ContextOptions
  #completion: Completion | undefined
  #job: Job | undefined
  #log: Logger | undefined
  #followUpBytes = 0

  constructor(held: HeldJob, options: ContextOptions) {
    this.#held = held
    this.#options = options
  }

  /** What the handler wrote in a transaction of its own, if it did. */
  get completion(): Completion | undefined {
    return this.#completion
  }

  get job(): Readonly<Job> {
    return (this.#job ??= toJob(this.#held.row))
  }

  get log(): Logger {
    return (this.#log ??= withFields(this.#options.logger, {
      jobId: this.id,
      type: this.type,
      queue: this.queue,
      attempt: this.attempt,
    }))
  }

  get id(): string {
    return this.#held.row.id
  }

  get type(): string {
    return this.#held.row.type
  }

  get queue(): string {
    return this.#held.row.queue
  }

  get attempt(): number {
    return this.#held.row.attempts
  }

  get maxRetries(): number {
    return decodePolicy(this.#held.row.options).maxRetries
  }

  get schedule(): { id: string; tick: Date } | null {
    return toTick(decodePolicy(this.#held.row.options).schedule)
  }

  get lastProgress(): unknown {
    const { progress } = this.#held.row
    return progress === null ? null : decode(progress)
  }

  get signal(): AbortSignal {
    return this.#held.signal
  }

  async progress(value: unknown): Promise<void> {
    this.#completion?.refuseAfter('ctx.progress')
    const progress = encode(value, 'progress')
    const { row } = this.#held
    const mark = { id: row.id, claimId: row.claimId ?? '', progress, ...(row.startedAt === null ? {} : { startedAt: row.startedAt }) }
    const [isHeld] = await this.#options.store.storage.markJobs([mark])
    if (!isHeld) {
      const error = new DbjobqError('LEASE_LOST', `This worker no longer holds job ${row.id}; another runs it, or it has ended.`)
      this.#held.abort(error)
      throw error
    }
    this.#held.isMarked = true
    row.progress = progress
    this.#options.onProgress(this.#held, value)
  }

  complete<Result>(result: Result, options: { tx: unknown }): Promise<Result> {
    return this.#complete().complete(result, options)
  }

  completeSync<Result>(result: Result, options: { tx: unknown }): Result {
    return this.#complete().completeSync(result, options)
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- only the user knows what the storage hands out, and annotates `tx` with it
  transaction<Tx, Result>(work: (tx: Tx) => Result | Promise<Result>): Promise<Result> {
    return this.#complete().transaction(work)
  }

  /** Most handlers never do. */
  #complete(): Completion {
    return (this.#completion ??= new Completion(this.#held, this.#options.store, this.followUps))
  }

  async enqueue<Input, Output, Result>(
    job: JobDefinition<Input, Output, Result>,
    data: Input,
    options: Omit<EnqueueOptions<never, Input>, 'tx' | 'signal'> = {},
  ): Promise<void> {
    const followUp = await draftFollowUp(this.#options.store, job, data, options)
    this.#completion?.refuseAfter('ctx.enqueue')
    this.#followUpBytes += sizeOf(followUp)
    if (this.followUps.length === maxRowsPerCall || this.#followUpBytes > maxFollowUpBytes) {
      const limit = `${maxRowsPerCall} jobs and ${maxFollowUpBytes} bytes`
      throw new DbjobqError('PAYLOAD_TOO_LARGE', `ctx.enqueue: one run takes at most ${limit} along. Enqueue more with queue.enqueueMany.`)
    }
    this.followUps.push(followUp)
  }
}
