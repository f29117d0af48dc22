import type { StandardSchemaV1 } from '@standard-schema/spec'
import { aBackoff, storedBackoff, type BackoffFunction, type BackoffOptions } from './backoff.js'
import { aDuration, aFunction, aName, anInteger, checkOptions, type Check } from './check.js'
import { milliseconds, type Duration } from './duration.js'
import { DbjobqError } from './errors.js'
import type { JobContext } from './context.js'
import { aRetryCount, defaultPolicy, type Policy } from './policy.js'
import { aPriority, Priority } from './priority.js'
import { isTyped, typedVendor } from './schema.js'
import { aUnique, type UniqueOptions } from './unique.js'

/** How long a finished job is kept; false = for ever. Defaults: completed and cancelled 1 day, failed 30 days. */
export type Retention = Partial<Record<'completed' | 'cancelled' | 'failed', Duration | false>>

interface PolicyOptions {
  /** Runs after the first one; 0 to 1,000. Default 3. */
  maxRetries?: number
  /** Default exponential: 2 s, 4 s, 8 s … at most 1 h. A function is asked by the worker that ran the job, and may answer false to give up. */
  backoff?: BackoffOptions | BackoffFunction
  /** How long one run may take; its signal is aborted then. Default: no limit. */
  timeout?: Duration
  retention?: Retention
}

export interface JobOptions<Input, Output, Result> extends PolicyOptions {
  /** 1 to 128 of `[A-Za-z0-9._:/@-]`; what a stored job is known by. */
  type: string
  /** Any Standard Schema (zod, valibot, arktype …), or `typed<T>()`. Its input is stored; the handler gets its output. */
  data: StandardSchemaV1<Input, Output>
  /**
   * What the handler returns. `typed<T>()` is for the types only; with a schema the result is validated, and what the schema answers is
   * stored. A result that does not fit fails the job for good: its work is done.
   */
  result?: StandardSchemaV1<Result>
  /** Default `default`. */
  queue?: string
  /** -32768 to 32767, higher first, or a function that answers it for the (valid) data. Default 5. */
  priority?: number | ((data: NoInfer<Input>) => number)
  /** For all jobs of this definition; `unique` at enqueue wins, `unique: false` there switches it off. Default: not unique. */
  unique?: UniqueOptions<NoInfer<Input>>
  /**
   * Of the shape of the data, 1 to 1,000,000; stored with each job. Raise it when you change `data` so that stored jobs would no longer
   * fit. A worker gives jobs of a newer version than its own back for others, uncounted, so that a rolling deploy is safe. Default 1.
   */
  version?: number
  /**
   * Lifts the data of an older version, given with that version, before it is validated. When it throws, the job has failed for good.
   * Without it older data is validated as it is.
   */
  migrate?: (data: unknown, version: number) => NoInfer<Input>
}

export type Handler<Output, Result> = (data: Output, context: JobContext<Result>) => Result | Promise<Result>

/** What a job is, without how it is done: producers import only this. */
export interface JobDefinition<Input = unknown, Output = unknown, Result = unknown> {
  readonly type: string
  readonly queue: string
  readonly priority: number | ((data: never) => number)
  readonly data: StandardSchemaV1<Input, Output>
  readonly unique: UniqueOptions | undefined
  readonly migrate: ((data: unknown, version: number) => unknown) | undefined
  readonly policy: Policy
  readonly backoff: BackoffFunction | undefined
  /** Validates results; undefined when there is only their type. */
  readonly resultSchema: StandardSchemaV1 | undefined
  /** Carries the type of the result; always undefined. */
  readonly result?: Result
}

/** A definition with its handler: what a worker takes. */
export interface BoundJob {
  readonly definition: JobDefinition
  readonly run: Handler<unknown, unknown>
}

/**
 * Defines a job. With `run` it is also bound to its handler; else `handle` binds it, elsewhere.
 * @throws DbjobqError `INVALID_OPTION`, `INVALID_NAME`, `INVALID_DURATION`
 */
export function defineJob<Input, Output, Result = void>(
  options: JobOptions<Input, Output, Result> & { run: Handler<Output, Result> },
): JobDefinition<Input, Output, Result> & BoundJob
export function defineJob<Input, Output, Result = void>(options: JobOptions<Input, Output, Result>): JobDefinition<Input, Output, Result>
export function defineJob<Input, Output, Result>(
  options: JobOptions<Input, Output, Result> & { run?: Handler<Output, Result> },
): JobDefinition<Input, Output, Result> | (JobDefinition<Input, Output, Result> & BoundJob) {
  checkOptions('defineJob', options, optionChecks)
  aName(options.type, 'defineJob: type')
  aSchema(options.data, 'defineJob: data')
  if (options.migrate && (options.version ?? 1) === 1) {
    throw new DbjobqError(
      'INVALID_OPTION',
      'defineJob: migrate lifts data of older versions, but this is version 1. Raise version, or leave it out.',
    )
  }
  const definition: JobDefinition<Input, Output, Result> = {
    type: options.type,
    queue: options.queue ?? 'default',
    priority: options.priority ?? Priority.NORMAL,
    data: options.data,
    unique: options.unique,
    migrate: options.migrate,
    policy: { ...policyOf(options), version: options.version ?? 1 },
    backoff: typeof options.backoff === 'function' ? options.backoff : undefined,
    resultSchema: options.result && !isTyped(options.result) ? options.result : undefined,
  }
  return options.run ? { ...definition, ...handle(definition, options.run) } : definition
}

/** Binds a definition to its handler. */
export function handle<Input, Output, Result>(definition: JobDefinition<Input, Output, Result>, run: Handler<Output, Result>): BoundJob {
  aFunction(run, `handle(${definition.type}): the handler`)
  return { definition: definition, run: run as Handler<unknown, unknown> }
}

type NotJson = bigint | symbol | Date | RegExp | Map<unknown, unknown> | Set<unknown> | ((...args: never[]) => unknown)
type Json<T> = T extends NotJson ? never : T extends object ? { [K in keyof T]: Json<T[K]> } : T

/** A type without a schema: nothing is checked at run time. Types that do not survive as JSON (Date, Map, Set, bigint, functions) do not compile. */
export function typed<T>(
  ..._: [T] extends [Json<T>] ? [] : [error: 'this type does not survive as JSON: no Date, Map, Set, bigint or function']
): StandardSchemaV1<T, T> {
  return { '~standard': { version: 1, vendor: typedVendor, validate: (value) => ({ value: value as T }) } }
}

function policyOf({ maxRetries, backoff, timeout, retention = {} }: PolicyOptions): Omit<Policy, 'version'> {
  const kept = (status: keyof Retention) => {
    const duration = retention[status]
    return duration === undefined
      ? defaultPolicy.retention[status]
      : duration === false
        ? null
        : milliseconds(duration, `retention.${status}`)
  }
  return {
    maxRetries: maxRetries ?? defaultPolicy.maxRetries,
    backoff: typeof backoff === 'object' ? storedBackoff(backoff) : defaultPolicy.backoff,
    timeout: timeout === undefined ? null : milliseconds(timeout, 'timeout'),
    retention: { completed: kept('completed'), cancelled: kept('cancelled'), failed: kept('failed') },
    key: null,
    keyEnd: null,
    schedule: null,
  }
}

const aSchema: Check = (value, name) => {
  if (typeof (value as StandardSchemaV1 | undefined)?.['~standard']?.validate !== 'function') {
    throw new DbjobqError('INVALID_OPTION', `${name} must be a Standard Schema (zod, valibot, arktype …) or typed<T>().`)
  }
}

const aRetention: Check = (value, name) => {
  const check: Check = (kept, at) => {
    if (kept !== false) aDuration(kept, at)
  }
  checkOptions(name, value, { completed: check, cancelled: check, failed: check })
}

const optionChecks: Record<string, Check> = {
  type: aName,
  data: aSchema,
  result: aSchema,
  queue: aName,
  priority: (value, name) => {
    if (typeof value !== 'function') aPriority(value, name)
  },
  unique: aUnique,
  version: anInteger(1, 1_000_000),
  migrate: aFunction,
  maxRetries: aRetryCount,
  backoff: aBackoff,
  timeout: aDuration,
  retention: aRetention,
  run: aFunction,
}
