import { anId, aName, checkOptions, listOf, oneOf, type Check } from '../../model/check.js'
import type { JobDefinition } from '../../model/definition.js'
import { DbjobqError } from '../../model/errors.js'
import type { JobFilter, JobStatus } from '../../model/storage.js'

/** Which jobs: all that is given must hold, and an empty list matches none. */
export interface JobQuery<Input = unknown, Output = unknown, Result = unknown> extends Omit<JobFilter, 'uniqueKey'> {
  /** Only jobs of this definition; it types what is answered. Not together with `type`. */
  job?: JobDefinition<Input, Output, Result>
}

/** @throws DbjobqError `INVALID_OPTION`, `INVALID_NAME` */
export function checkQuery(where: string, query: JobQuery, more: Record<string, Check> = {}): void {
  checkOptions(where, query, { ...filterChecks, job: aDefinition, ...more })
  if (query.job !== undefined && query.type !== undefined) {
    throw new DbjobqError('INVALID_OPTION', `${where}: job and type exclude each other. Give one of them.`)
  }
}

export function toFilter({ job, ...filter }: JobQuery): JobFilter {
  return job ? { ...filter, type: [job.type] } : filter
}

export const aDefinition: Check = (value, name) => {
  if (typeof value !== 'object' || value === null || !('policy' in value)) {
    throw new DbjobqError('INVALID_OPTION', `${name} must be a job made by defineJob.`)
  }
}

export const waiting: JobStatus[] = ['scheduled', 'pending']
export const statuses: JobStatus[] = [...waiting, 'running', 'completed', 'failed', 'cancelled']

/** Of whatever takes a filter of jobs. */
export const filterChecks: Record<string, Check> = {
  ids: listOf(anId),
  status: listOf(oneOf(...statuses)),
  queue: listOf(aName),
  type: listOf(aName),
  groupKey: aName,
  workerId: aName,
}
