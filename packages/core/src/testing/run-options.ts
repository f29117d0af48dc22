import { aBoolean, aDuration, aFunction, aName, anInteger, checkOptions, listOf, type Check } from '../model/check.js'
import type { BoundJob } from '../model/definition.js'
import { milliseconds, type Duration } from '../model/duration.js'
import { DbjobqError } from '../model/errors.js'
import type { JobRun } from './report.js'

export interface RunOptions {
  /** When to end: once nothing is due, or after the run for which this answers true. Default `idle`. */
  until?: 'idle' | ((run: JobRun) => boolean)
  /**
   * Goes on with retries and scheduled jobs in the order of their times, instead of leaving them: all of them, or those of
   * so long from now. The clock of a test queue moves along; on another storage they run before their time. Default false.
   */
  advance?: boolean | Duration
  /** Only these queues, the preferred one first. Default: all; those of the definitions first. */
  queues?: string[]
  /** Jobs that run at the same time, 1 to 1,000. Default 1: the order of the runs is that of the queue. */
  concurrency?: number
  /** More runs than this reject with `TOO_MANY_RUNS`, so that jobs that enqueue each other for ever end. 1 to 1,000,000. Default 10,000. */
  maxRuns?: number
  /** The first run that fails rejects with `JOB_FAILED`, whose `cause` is what was thrown. Default false: failures are in the report. */
  throwOnFailure?: boolean
  /** Aborts: running jobs are handed back, and the call rejects with the signal's reason. */
  signal?: AbortSignal
}

export interface RunSettings {
  handlers: ReadonlyMap<string, BoundJob>
  isEnough: (run: JobRun) => boolean
  /** ms from the start on; undefined: not at all. */
  advance: number | undefined
  queues: string[] | undefined
  concurrency: number
  maxRuns: number
  throwOnFailure: boolean
  signal: AbortSignal | undefined
}

/** @throws DbjobqError `INVALID_OPTION`, `INVALID_NAME`, `INVALID_DURATION`, `DUPLICATE_JOB_TYPE` */
export function runSettings(jobs: readonly BoundJob[], options: RunOptions): RunSettings {
  checkOptions('runJobs', options, optionChecks)
  const handlers = handlersOf('runJobs: jobs', jobs)
  if (handlers.size === 0) throw new DbjobqError('INVALID_OPTION', 'runJobs: jobs is empty. Give at least one, like handle(job, fn).')
  const { until = 'idle', advance = false, queues, concurrency = 1, maxRuns = 10_000, throwOnFailure = false, signal } = options
  return {
    handlers,
    isEnough: typeof until === 'function' ? until : () => false,
    advance: advance === false ? undefined : advance === true ? Number.POSITIVE_INFINITY : milliseconds(advance, 'runJobs: advance'),
    queues: queues && [...new Set(queues)],
    concurrency,
    maxRuns,
    throwOnFailure,
    signal,
  }
}

/** @throws DbjobqError `INVALID_OPTION`, `DUPLICATE_JOB_TYPE` */
export function handlersOf(where: string, jobs: readonly BoundJob[]): Map<string, BoundJob> {
  const handlers = new Map<string, BoundJob>()
  listOf(aBoundJob)(jobs, where)
  for (const job of jobs) {
    const { type } = job.definition
    if (handlers.has(type)) throw new DbjobqError('DUPLICATE_JOB_TYPE', `${where}: two handlers for the type ${type}. Bind each type once.`)
    handlers.set(type, job)
  }
  return handlers
}

export const aBoundJob: Check = (value, name) => {
  const job = value as Partial<BoundJob> | null | undefined
  if (typeof job?.run !== 'function' || typeof job.definition !== 'object') {
    throw new DbjobqError('INVALID_OPTION', `${name} has no handler. Pass handle(job, fn), or a job defined with run.`)
  }
}

export const aSignal: Check = (value, name) => {
  if (!(value instanceof AbortSignal)) throw new DbjobqError('INVALID_OPTION', `${name} must be an AbortSignal.`)
}

const anEnd: Check = (value, name) => {
  if (value !== 'idle') aFunction(value, name)
}

const anAdvance: Check = (value, name) => {
  if (typeof value === 'boolean') return
  aDuration(value, name)
}

const optionChecks: Record<string, Check> = {
  until: anEnd,
  advance: anAdvance,
  queues: listOf(aName),
  concurrency: anInteger(1, 1_000),
  maxRuns: anInteger(1, 1_000_000),
  throwOnFailure: aBoolean,
  signal: aSignal,
}
