import { encode, decode } from '../../model/codec.js'
import type { JobContext } from '../../model/context.js'
import type { JobDefinition } from '../../model/definition.js'
import type { EnqueueOptions } from '../../model/enqueue-options.js'
import { DbjobqError } from '../../model/errors.js'
import { toTick } from '../../model/job.js'
import { decodePolicy } from '../../model/policy.js'
import { maxRowsPerCall, type NewJob } from '../../model/storage.js'
import { sizeOf } from '../queue/batches.js'
import { draft, toNewJob } from '../queue/draft.js'
import type { HeldJob } from './held-job.js'
import type { Store } from '../store.js'

/** Half of what one call carries; the result and the errors of the job share the other half. */
const maxFollowUpBytes = 2 * 1024 * 1024

/** What a handler gets; made for each run. */
export class RunContext implements JobContext {
  /** Written with the completion. */
  readonly followUps: NewJob[] = []
  readonly #held: HeldJob
  readonly #store: Store
  #followUpBytes = 0

  constructor(held: HeldJob, store: Store) {
    this.#held = held
    this.#store = store
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
    const progress = encode(value, 'progress')
    const { row } = this.#held
    const mark = { id: row.id, claimId: row.claimId ?? '', progress, ...(row.startedAt === null ? {} : { startedAt: row.startedAt }) }
    const [isHeld] = await this.#store.storage.markJobs([mark])
    if (!isHeld) {
      const error = new DbjobqError('LEASE_LOST', `This worker no longer holds job ${row.id}; another runs it, or it has ended.`)
      this.#held.abort(error)
      throw error
    }
    this.#held.isMarked = true
    row.progress = progress
  }

  async enqueue<Input, Output, Result>(
    job: JobDefinition<Input, Output, Result>,
    data: Input,
    options: Omit<EnqueueOptions, 'tx'> = {},
  ): Promise<void> {
    if ('tx' in options)
      throw new DbjobqError('INVALID_OPTION', 'ctx.enqueue writes with the completion and takes no tx. Use queue.enqueue for that.')
    const drafted = await draft('ctx.enqueue', job, data, options)
    const now = this.#store.clock.now()
    const followUp = toNewJob(drafted, this.#store.ids.next(now), now)
    this.#followUpBytes += sizeOf(followUp)
    if (this.followUps.length === maxRowsPerCall || this.#followUpBytes > maxFollowUpBytes) {
      const limit = `${maxRowsPerCall} jobs and ${maxFollowUpBytes} bytes`
      throw new DbjobqError('PAYLOAD_TOO_LARGE', `ctx.enqueue: one run takes at most ${limit} along. Enqueue more with queue.enqueueMany.`)
    }
    this.followUps.push(followUp)
  }
}
