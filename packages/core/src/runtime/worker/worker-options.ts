import { aBoolean, aDuration, aName, anInteger, checkOptions, listOf, type Check } from '../../model/check.js'
import type { BoundJob } from '../../model/definition.js'
import { milliseconds, type Duration } from '../../model/duration.js'
import { DbjobqError } from '../../model/errors.js'

export interface WorkerOptions {
  /** What this worker can do: `handle(job, fn)` or `defineJob({ run })`. At least one, each type once. */
  jobs: BoundJob[]
  /** Jobs that run at the same time, 1 to 1,000. Default 10. */
  concurrency?: number
  /** The queues it serves, the preferred one first. Default: those of its jobs' definitions. */
  queues?: string[]
  /** The rest between looks at an empty queue grows from `min` to `max`; what this process enqueues is seen at once. 10 ms to 1 h. Default 0.5 s to 2 s. */
  poll?: { min?: Duration; max?: Duration }
  /** How long its jobs stay its own after the last sign of life; renewed every sixth of it. 3 s to 1 h. Default 60 s. */
  lease?: Duration
  /** How long `stop` waits for running jobs before it aborts them and hands them back. Default 30 s. */
  shutdownTimeout?: Duration
  /** Whether it also enqueues the jobs of schedules, those of all types; any number of workers may, each tick comes once. Default true. */
  schedules?: boolean
}

export interface WorkerSettings {
  handlers: ReadonlyMap<string, BoundJob>
  queues: string[]
  concurrency: number
  poll: { min: number; max: number }
  /** ms */
  lease: number
  /** ms */
  shutdownTimeout: number
  schedules: boolean
}

/** @throws DbjobqError `INVALID_OPTION`, `INVALID_NAME`, `INVALID_DURATION`, `DUPLICATE_JOB_TYPE` */
export function workerSettings(options: WorkerOptions): WorkerSettings {
  checkOptions('Worker', options, optionChecks)
  const handlers = new Map<string, BoundJob>()
  for (const job of options.jobs) {
    const { type } = job.definition
    if (handlers.has(type)) throw new DbjobqError('DUPLICATE_JOB_TYPE', `Worker: two handlers for the type ${type}. Bind each type once.`)
    handlers.set(type, job)
  }
  const min = within(options.poll?.min ?? 500, 'poll.min', 10, 3_600_000)
  return {
    handlers,
    queues: [...new Set(options.queues ?? options.jobs.map((job) => job.definition.queue))],
    concurrency: options.concurrency ?? 10,
    poll: { min, max: within(options.poll?.max ?? Math.max(2_000, min), 'poll.max', min, 3_600_000) },
    lease: within(options.lease ?? 60_000, 'lease', 3_000, 3_600_000),
    shutdownTimeout: milliseconds(options.shutdownTimeout ?? 30_000, 'Worker: shutdownTimeout'),
    schedules: options.schedules ?? true,
  }
}

function within(duration: Duration, name: string, least: number, most: number): number {
  const value = milliseconds(duration, `Worker: ${name}`)
  if (value < least || value > most) {
    throw new DbjobqError('INVALID_OPTION', `Worker: ${name} is ${value} ms. It must be from ${least} to ${most} ms.`)
  }
  return value
}

const aBoundJob: Check = (value, name) => {
  const job = value as Partial<BoundJob> | null
  if (typeof job?.run !== 'function' || typeof job.definition !== 'object') {
    throw new DbjobqError('INVALID_OPTION', `${name} has no handler. Pass handle(job, fn), or a job defined with run.`)
  }
}

const atLeastOne =
  (check: Check): Check =>
  (value, name) => {
    listOf(check)(value, name)
    if ((value as unknown[]).length === 0) throw new DbjobqError('INVALID_OPTION', `${name} is empty. Give at least one.`)
  }

const optionChecks: Record<string, Check> = {
  jobs: atLeastOne(aBoundJob),
  concurrency: anInteger(1, 1_000),
  queues: atLeastOne(aName),
  poll: (value, name) => checkOptions(name, value, { min: aDuration, max: aDuration }),
  lease: aDuration,
  shutdownTimeout: aDuration,
  schedules: aBoolean,
}
