import { checkOptions } from '../../model/check.js'
import type { BoundJob } from '../../model/definition.js'
import { milliseconds, type Duration } from '../../model/duration.js'
import { DbjobqError } from '../../model/errors.js'
import { silent, type Logger } from '../../model/logger.js'
import { pollOf } from './poll.js'
import type { AttemptContext } from './tell.js'
import { optionChecks, polls, type PollPreset } from './worker-checks.js'

export interface WorkerOptions {
  /** What this worker can do: `handle(job, fn)` or `defineJob({ run })`. At least one, each type once. */
  jobs: BoundJob[]
  /** Jobs that run at the same time, 1 to 1,000. Default 10. */
  concurrency?: number
  /**
   * The queues it serves, the preferred one first. Default: those of its jobs' definitions. With `concurrency`, 1 to 1,000, this worker
   * never holds more jobs of that queue at a time: running, waiting for a slot, or ended and not yet written.
   */
  queues?: string[] | Record<string, { concurrency?: number }>
  /**
   * The rest between looks at an empty queue grows from `min` to `max`; what is enqueued in this process, and with wake-ups in any
   * other, is seen at once. 10 ms to 1 h. `fast` 0.1 to 1 s, `balanced` 1 to 10 s, `slow` 5 to 60 s. Default `balanced` while wake-ups
   * are heard, else 0.5 to 2 s.
   */
  poll?: PollPreset | { min?: Duration; max?: Duration }
  /** How long its jobs stay its own after the last sign of life; renewed every sixth of it. 3 s to 1 h. Default 60 s. */
  lease?: Duration
  /** How long `stop` waits for running jobs before it aborts them and hands them back. Default 30 s. */
  shutdownTimeout?: Duration
  /** SIGTERM or SIGINT stop it: the first drains, a second one hands back what still runs. Default: with `run()` yes, with `start()` no. */
  signals?: boolean
  /** Rescues the jobs of dead workers and prunes old ones, for all queues of the store. Some worker of the store must. Default true. */
  maintenance?: boolean
  /** Gets what the worker has to say, and becomes `ctx.log`: pino, `console`, or alike. Default: silent. */
  logger?: Logger
  /** Called for each attempt that failed, once that is written, with what was thrown. What it throws itself harms nothing. */
  onError?: (error: unknown, context: AttemptContext) => unknown
  /** Whether it also enqueues the jobs of schedules, those of all types; any number of workers may, each tick comes once. Default true. */
  schedules?: boolean
}

export interface WorkerSettings {
  handlers: ReadonlyMap<string, BoundJob>
  queues: string[]
  queueLimits: ReadonlyMap<string, number>
  concurrency: number
  poll: { min: number; max: number }
  /** ms */
  lease: number
  /** ms */
  shutdownTimeout: number
  signals: boolean | undefined
  maintenance: boolean
  logger: Logger
  onError: WorkerOptions['onError']
  schedules: boolean
}

/**
 * `isListening`: hints of other processes are heard.
 * @throws DbjobqError `INVALID_OPTION`, `INVALID_NAME`, `INVALID_DURATION`, `DUPLICATE_JOB_TYPE`
 */
export function workerSettings(options: WorkerOptions, isListening: () => boolean): WorkerSettings {
  checkOptions('Worker', options, optionChecks)
  optionChecks.jobs?.(options.jobs, 'Worker: jobs')
  const handlers = new Map<string, BoundJob>()
  for (const job of options.jobs) {
    const { type } = job.definition
    if (handlers.has(type)) throw new DbjobqError('DUPLICATE_JOB_TYPE', `Worker: two handlers for the type ${type}. Bind each type once.`)
    handlers.set(type, job)
  }
  return {
    handlers,
    ...queuesOf(options),
    concurrency: options.concurrency ?? 10,
    poll: pollOf(givenPoll(options.poll), isListening),
    lease: within(options.lease ?? 60_000, 'lease', 3_000, 3_600_000),
    shutdownTimeout: milliseconds(options.shutdownTimeout ?? 30_000, 'Worker: shutdownTimeout'),
    signals: options.signals,
    maintenance: options.maintenance ?? true,
    logger: options.logger ?? silent,
    onError: options.onError,
    schedules: options.schedules ?? true,
  }
}

function queuesOf({ queues, jobs }: WorkerOptions): Pick<WorkerSettings, 'queues' | 'queueLimits'> {
  if (queues === undefined || Array.isArray(queues)) {
    return { queues: [...new Set(queues ?? jobs.map((job) => job.definition.queue))], queueLimits: new Map() }
  }
  const limits = Object.entries(queues).flatMap(([name, { concurrency }]): [string, number][] =>
    concurrency === undefined ? [] : [[name, concurrency]],
  )
  return { queues: Object.keys(queues), queueLimits: new Map(limits) }
}

function givenPoll(poll: WorkerOptions['poll'] = {}): { min?: number; max?: number } {
  if (typeof poll === 'string') return polls[poll]
  const { min, max } = poll
  const least = min === undefined ? 10 : within(min, 'poll.min', 10, 3_600_000)
  return {
    ...(min === undefined ? {} : { min: least }),
    ...(max === undefined ? {} : { max: within(max, 'poll.max', least, 3_600_000) }),
  }
}

function within(duration: Duration, name: string, least: number, most: number): number {
  const value = milliseconds(duration, `Worker: ${name}`)
  if (value < least || value > most) {
    throw new DbjobqError('INVALID_OPTION', `Worker: ${name} is ${value} ms. It must be from ${least} to ${most} ms.`)
  }
  return value
}
