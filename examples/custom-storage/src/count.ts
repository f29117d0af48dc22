import type { Count, CountDimension, JobFilter, JobStatus } from '@dbjobq/core/storage'
import { matches } from './find.js'
import type { Tables } from './tables.js'

export interface CountRequest {
  filter?: JobFilter
  scanLimit: number
}

export function countJobs({ jobs }: Tables, by: CountDimension[], request: CountRequest): { counts: Count[]; complete: boolean } {
  const { filter = {}, scanLimit } = request
  const groups = new Map<string, Count>()
  const scanned = new Map<JobStatus, number>()
  for (const job of jobs.values()) {
    if (!matches(job, filter)) continue
    const seen = (scanned.get(job.status) ?? 0) + 1
    scanned.set(job.status, seen)
    if (seen > scanLimit) continue
    const group: Partial<Count> = Object.fromEntries(by.map((dimension) => [dimension, job[dimension]]))
    const key = JSON.stringify(group)
    const { count, oldestRunAt } = groups.get(key) ?? { count: 0, oldestRunAt: null }
    groups.set(key, { ...group, count: count + 1, oldestRunAt: Math.min(oldestRunAt ?? job.runAt, job.runAt) })
  }
  return { counts: [...groups.values()], complete: [...scanned.values()].every((seen) => seen <= scanLimit) }
}
