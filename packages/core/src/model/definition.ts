import type { StandardSchemaV1 } from '@standard-schema/spec'
import { aBackoff, storedBackoff, type BackoffFunction, type BackoffOptions } from './backoff.js'
import { aDuration, aFunction, aName, anything, checkOptions, type Check } from './check.js'
import { milliseconds, type Duration } from './duration.js'
import { DbjobqError } from './errors.js'
import type { JobContext } from './context.js'
import { aRetryCount, defaultPolicy, type Policy } from './policy.js'
import { aPriority, Priority } from './priority.js'

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
  /** What the handler returns, for the types only: `typed<T>()`. */
  result?: StandardSchemaV1<Result>
  /** Default `default`. */
  queue?: string
  /** -32768 to 32767, higher first. Default 5. */
  priority?: number
}

export type Handler<Output, Result> = (data: Output, context: JobContext) => Result | Promise<Result>

/** What a job is, without how it is done: producers import only this. */
export interface JobDefinition<Input = unknown, Output = unknown, Result = unknown> {
  readonly type: string
  readonly queue: string
  readonly priority: number
  readonly data: StandardSchemaV1<Input, Output>
  readonly policy: Policy
  readonly backoff: BackoffFunction | undefined
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
  const definition: JobDefinition<Input, Output, Result> = {
    type: options.type,
    queue: options.queue ?? 'default',
    priority: options.priority ?? Priority.NORMAL,
    data: options.data,
    policy: policyOf(options),
    backoff: typeof options.backoff === 'function' ? options.backoff : undefined,
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
  return { '~standard': { version: 1, vendor: 'dbjobq', validate: (value) => ({ value: value as T }) } }
}

/**
 * The schema's output for `data`.
 * @throws DbjobqError `VALIDATION_FAILED` with the schema's issues
 */
export async function validate<Output>(
  definition: { readonly type: string; readonly data: { readonly '~standard': Pick<StandardSchemaV1.Props<never, Output>, 'validate'> } },
  data: unknown,
): Promise<Output> {
  const answer = definition.data['~standard'].validate(data)
  const result = answer instanceof Promise ? await answer : answer
  if (!result.issues) return result.value
  const issues = result.issues.map(({ path = [], message }) => {
    const where = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
    return where ? `${where}: ${message}` : message
  })
  throw new DbjobqError('VALIDATION_FAILED', `The data of ${definition.type} does not fit its schema: ${issues.join('; ')}.`)
}

function policyOf({ maxRetries, backoff, timeout, retention = {} }: PolicyOptions): Policy {
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
  result: anything,
  queue: aName,
  priority: aPriority,
  maxRetries: aRetryCount,
  backoff: aBackoff,
  timeout: aDuration,
  retention: aRetention,
  run: aFunction,
}
