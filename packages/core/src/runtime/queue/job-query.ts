import { anId, aName, checkOptions, listOf, oneOf, type Check } from '../../model/check.js'
import type { JobDefinition } from '../../model/definition.js'
import { DbjobqError } from '../../model/errors.js'
import { maxRowsPerCall, type JobFilter, type JobStatus } from '../../model/storage.js'

/** Which jobs: all that is given must hold; of a list any one, so an empty list matches none. At most 1,000 values a list; bulk calls take any number of ids. */
export interface JobQuery<Input = unknown, Output = unknown, Result = unknown> {
  ids?: string[]
  status?: JobStatus | JobStatus[]
  queue?: string | string[]
  type?: string | string[]
  groupKey?: string
  /** The worker that runs it, or ran it last. */
  workerId?: string
  /** Only jobs of this definition; it types what is answered. Not together with `type`. */
  job?: JobDefinition<Input, Output, Result>
}

/** @throws DbjobqError `INVALID_OPTION`, `INVALID_NAME` */
export function checkQuery(where: string, query: JobQuery, more: Record<string, Check> = {}): void {
  checkOptions(where, query, { ...queryChecks, ...more })
  if (query.job !== undefined && query.type !== undefined) {
    throw new DbjobqError('INVALID_OPTION', `${where}: job and type exclude each other. Give one of them.`)
  }
}

/** Of what goes in one call of the storage. @throws DbjobqError `INVALID_OPTION` */
export function checkOneCall(where: string, { ids = [], queue = [], type = [] }: JobQuery): void {
  for (const [name, list] of Object.entries({ ids, queue, type })) {
    if (Array.isArray(list) && list.length > maxRowsPerCall) {
      throw new DbjobqError(
        'INVALID_OPTION',
        `${where}: ${name} has ${list.length} values. One call takes at most ${maxRowsPerCall}; ask in parts.`,
      )
    }
  }
}

export function toFilter({ job, status, queue, type = job?.type, ...filter }: JobQuery): JobFilter {
  return {
    ...filter,
    ...(status === undefined ? {} : { status: listed(status) }),
    ...(queue === undefined ? {} : { queue: listed(queue) }),
    ...(type === undefined ? {} : { type: listed(type) }),
  }
}

function listed<Value>(value: Value | Value[]): Value[] {
  return Array.isArray(value) ? value : [value]
}

export const aDefinition: Check = (value, name) => {
  if (typeof value !== 'object' || value === null || !('policy' in value)) {
    throw new DbjobqError('INVALID_OPTION', `${name} must be a job made by defineJob.`)
  }
}

export const waiting: JobStatus[] = ['scheduled', 'pending']
export const statuses: JobStatus[] = [...waiting, 'running', 'completed', 'failed', 'cancelled']

const oneOrMore =
  (check: Check): Check =>
  (value, name) => {
    if (Array.isArray(value)) listOf(check)(value, name)
    else check(value, name)
  }

/** Of whatever takes a query. */
const queryChecks: Record<string, Check> = {
  ids: listOf(anId),
  status: oneOrMore(oneOf(...statuses)),
  queue: oneOrMore(aName),
  type: oneOrMore(aName),
  groupKey: aName,
  workerId: aName,
  job: aDefinition,
}
