import type { InsertAnswer, JobRow, NewJob } from '@dbjobq/core/storage'
import type { Tables } from './tables.js'

export function insertJob(tables: Tables, job: NewJob): InsertAnswer {
  if (tables.jobs.has(job.id)) return { inserted: true, id: job.id }
  const holder = job.uniqueKey === null ? undefined : tables.keys.get(job.uniqueKey)
  if (holder !== undefined) return { inserted: false, id: holder }
  tables.jobs.set(job.id, newRow(job))
  if (job.uniqueKey !== null) tables.keys.set(job.uniqueKey, job.id)
  return { inserted: true, id: job.id }
}

function newRow(job: NewJob): JobRow {
  return {
    ...job,
    attempts: 0,
    claimId: null,
    workerId: null,
    startedAt: null,
    finishedAt: null,
    deleteAt: null,
    cancelRequestedAt: null,
    progress: null,
    result: null,
    errors: null,
  }
}
