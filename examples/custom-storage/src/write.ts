import type { JobRow, JobStatus, JobUpdate, Mark, UpdateAnswer } from '@dbjobq/core/storage'
import { setKey, type Tables } from './tables.js'

export function markJob({ jobs }: Tables, { id, claimId, ...set }: Mark): boolean {
  const job = jobs.get(id)
  if (job?.status !== 'running' || job.claimId !== claimId) return false
  Object.assign(job, set)
  return true
}

export function updateJob(tables: Tables, { id, from, set: { uniqueKey, ...set } }: JobUpdate): UpdateAnswer {
  const job = tables.jobs.get(id)
  if (!job || !from.includes(job.status)) return 'stale'
  if (uniqueKey !== undefined) {
    const holder = uniqueKey === null ? undefined : tables.keys.get(uniqueKey)
    if (holder !== undefined && holder !== id) return 'keyTaken'
    setKey(tables, job, uniqueKey)
  }
  Object.assign(job, set)
  return 'updated'
}

export function deleteJobs(tables: Tables, ids: string[], from?: JobStatus[]): string[] {
  return [...new Set(ids)].filter((id) => {
    const job = tables.jobs.get(id)
    return job !== undefined && job.status !== 'running' && (!from || from.includes(job.status)) && removeJob(tables, job)
  })
}

export function pruneJobs(tables: Tables, { now, limit }: { now: number; limit: number }): number {
  const due = [...tables.jobs.values()].filter((job) => isFinal(job) && job.deleteAt !== null && job.deleteAt <= now)
  return due.slice(0, limit).filter((job) => removeJob(tables, job)).length
}

const isFinal = ({ status }: JobRow) => status === 'completed' || status === 'failed' || status === 'cancelled'

function removeJob(tables: Tables, job: JobRow): boolean {
  setKey(tables, job, null)
  return tables.jobs.delete(job.id)
}
