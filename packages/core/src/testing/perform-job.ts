import { aDate, anything, anInteger, checkOptions, type Check } from '../model/check.js'
import type { JobContext } from '../model/context.js'
import { decode } from '../model/codec.js'
import type { BoundJob, JobDefinition } from '../model/definition.js'
import { DbjobqError } from '../model/errors.js'
import { settle } from '../model/outcome.js'
import { aRetryCount } from '../model/policy.js'
import type { Mark, NewJob } from '../model/storage.js'
import { storeOf } from '../runtime/queue/job-queue.js'
import { HeldJob } from '../runtime/worker/held-job.js'
import { errorOf, quietExecutor } from './quiet-executor.js'
import type { RunOutcome } from './report.js'
import { aBoundJob, aSignal } from './run-options.js'
import { TestClock } from './test-clock.js'
import { queueOn, ReadyStorage } from './test-queue.js'

/** Of the data of a job; unknown for one made by `handle`. */
export type InputOf<Bound extends BoundJob> = Bound extends JobDefinition<infer Input> ? Input : unknown
/** Of the result of a job; unknown for one made by `handle`. */
export type ResultOf<Bound extends BoundJob> = Bound extends JobDefinition<unknown, unknown, infer Result> ? Result : unknown

export interface PerformOptions {
  /** Which run it is, 1 to 1,001. Default 1. */
  attempt?: number
  /** Default: that of the definition. */
  maxRetries?: number
  /** What an earlier run saved with `progress`. */
  lastProgress?: unknown
  /** Aborts the run as a cancel does; if its reason is a `DbjobqError` (`SHUTDOWN`, `JOB_TIMEOUT`, `LEASE_LOST`), as that does. */
  signal?: AbortSignal
  /** The time of the run, which stands still. Default: that of this process. */
  now?: Date
  /** Members of the context that the handler gets instead of the real ones. */
  context?: Partial<JobContext>
}

/** A job that the run would have enqueued with its completion. */
export interface FollowUp {
  type: string
  queue: string
  groupKey: string | null
  priority: number
  data: unknown
  runAt: Date
  uniqueKey: string | null
}

/** What a run came to. */
export interface Performed<Result = unknown> {
  outcome: RunOutcome
  /** As it would be stored and read back; undefined unless completed. */
  result: Result | undefined
  /** What the handler threw, the same object; or why it was aborted. Undefined unless it failed. */
  error: unknown
  /** When it would run again; null when it would not. */
  runAt: Date | null
  /** By `ctx.enqueue`; empty unless completed. */
  enqueued: FollowUp[]
  /** What `ctx.progress` saved, in order. */
  progress: unknown[]
}

/**
 * Runs one handler once as a worker would, without a queue: its data is validated and goes through JSON, a timeout holds, what it
 * throws becomes an outcome.
 * @throws DbjobqError `VALIDATION_FAILED`, `INVALID_PAYLOAD`, `PAYLOAD_TOO_LARGE` for data that `enqueue` refuses; `INVALID_OPTION`
 */
export async function performJob<Bound extends BoundJob>(
  job: Bound,
  data: InputOf<Bound>,
  options: PerformOptions = {},
): Promise<Performed<ResultOf<Bound>>> {
  aBoundJob(job, 'performJob: the job')
  checkOptions('performJob', options, optionChecks)
  const { storage, store, held } = await claimed(job, data, options)
  const handlers = new Map([[held.row.type, withContext(job, options.context ?? {})]])
  const executor = quietExecutor({ store, handlers })
  const release = follow(options.signal, held)
  const ending = await executor.run(held).finally(release)
  const error = errorOf(held, ending)
  const isLost = ending === undefined || held.isLost
  const { outcome, settlement } = isLost ? { outcome: 'lost' as const, settlement: undefined } : settle(held.row, ending, store.clock.now())
  const waits = outcome === 'retrying' || outcome === 'snoozed' || outcome === 'released'
  return {
    outcome: outcome as RunOutcome,
    result: settlement?.result == null ? undefined : (decode(settlement.result) as ResultOf<Bound>),
    error,
    runAt: waits ? new Date(settlement.runAt) : null,
    enqueued: (settlement?.followUps ?? []).map(toFollowUp),
    progress: storage.progress,
  }
}

/** The job as a worker gets it. */
async function claimed(job: BoundJob, data: unknown, { attempt = 1, maxRetries, lastProgress, now = new Date() }: PerformOptions) {
  const storage = new RecordingStorage({ now: () => now.getTime() })
  const queue = queueOn(storage, new TestClock(now))
  await queue.enqueue(job.definition, data, maxRetries === undefined ? {} : { maxRetries })
  const name = job.definition.queue
  const { jobs } = await storage.claimJobs({ claimId: 'claim', workerId: 'performJob', limit: 1, queues: [{ name, limit: 1 }] })
  const [row] = jobs
  if (!row) throw new DbjobqError('JOB_NOT_FOUND', 'performJob: the job was not there to be claimed.')
  row.attempts = attempt
  row.progress = lastProgress === undefined ? null : JSON.stringify(lastProgress)
  return { storage, store: queue[storeOf], held: new HeldJob(row, 0) }
}

class RecordingStorage extends ReadyStorage {
  readonly progress: unknown[] = []

  override markJobs(marks: Mark[]): Promise<boolean[]> {
    for (const { progress } of marks) if (progress !== undefined) this.progress.push(decode(progress))
    return super.markJobs(marks)
  }
}

function withContext({ definition, run }: BoundJob, replaced: Partial<JobContext>): BoundJob {
  const context = (real: JobContext): JobContext =>
    new Proxy(real, {
      get(target, name): unknown {
        if (Object.hasOwn(replaced, name)) return Reflect.get(replaced, name)
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value
      },
    })
  return { definition, run: (data, real) => run(data, context(real)) }
}

/** Answers what ends it. */
function follow(signal: AbortSignal | undefined, held: HeldJob): () => void {
  if (!signal) return () => undefined
  const abort = (): void => {
    const reason: unknown = signal.reason
    held.abort(
      DbjobqError.isInstance(reason) ? reason : new DbjobqError('JOB_CANCELLED', `Job ${held.row.id} was cancelled.`, { cause: reason }),
    )
  }
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
  return () => signal.removeEventListener('abort', abort)
}

function toFollowUp({ type, queue, groupKey, priority, data, runAt, uniqueKey }: NewJob): FollowUp {
  return { type, queue, groupKey, priority, data: decode(data), runAt: new Date(runAt), uniqueKey }
}

const aContext: Check = (value, name) => {
  if (typeof value !== 'object' || value === null) throw new DbjobqError('INVALID_OPTION', `${name} must be an object.`)
}

const optionChecks: Record<string, Check> = {
  attempt: anInteger(1, 1_001),
  maxRetries: aRetryCount,
  lastProgress: anything,
  signal: aSignal,
  now: aDate,
  context: aContext,
}
