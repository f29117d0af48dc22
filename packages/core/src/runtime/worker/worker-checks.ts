import { aBoolean, aDuration, aFunction, aName, anInteger, checkOptions, listOf, oneOf, type Check } from '../../model/check.js'
import type { BoundJob } from '../../model/definition.js'
import { DbjobqError } from '../../model/errors.js'

export type PollPreset = 'fast' | 'balanced' | 'slow'

/** ms */
export const polls: Record<PollPreset, { min: number; max: number }> = {
  fast: { min: 100, max: 1_000 },
  balanced: { min: 1_000, max: 10_000 },
  slow: { min: 5_000, max: 60_000 },
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

const aConcurrency = anInteger(1, 1_000)

const someQueues: Check = (value, name) => {
  if (Array.isArray(value)) {
    atLeastOne(aName)(value, name)
    return
  }
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) {
    throw new DbjobqError('INVALID_OPTION', `${name} must be a list of names, or an object of { concurrency } by name, with at least one.`)
  }
  for (const [queue, limits] of Object.entries(value)) {
    aName(queue, name)
    checkOptions(`${name}.${queue}`, limits, { concurrency: aConcurrency })
  }
}

const aPoll: Check = (value, name) => {
  if (typeof value === 'string') oneOf(...Object.keys(polls))(value, name)
  else checkOptions(name, value, { min: aDuration, max: aDuration })
}

const aLogger: Check = (value, name) => {
  const logger = value as Partial<Record<string, unknown>> | null
  const missing = ['debug', 'info', 'warn', 'error'].filter((level) => typeof logger?.[level] !== 'function')
  if (missing.length === 0) return
  throw new DbjobqError('INVALID_OPTION', `${name} has no function ${missing.join(', ')}. Pass a logger like pino or console.`)
}

/** Of `WorkerOptions`. */
export const optionChecks: Record<string, Check> = {
  jobs: atLeastOne(aBoundJob),
  concurrency: aConcurrency,
  queues: someQueues,
  poll: aPoll,
  lease: aDuration,
  shutdownTimeout: aDuration,
  signals: aBoolean,
  maintenance: aBoolean,
  logger: aLogger,
  onError: aFunction,
  schedules: aBoolean,
}
