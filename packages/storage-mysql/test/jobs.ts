import { claimRequest as anyClaim, newJobs as anyJobs, settlement } from '@dbjobq/storage-conformance/factories'
import type { ClaimRequest, JobRow, NewJob, Settlement } from '@dbjobq/core/storage'

/** Ids and times ascend from job to job. */
export function newJobs(count: number, overrides: Partial<NewJob> = {}): NewJob[] {
  return anyJobs(count, (index) => ({ priority: 0, runAt: 1_700_000_000_000 + index, data: '{}', options: '{}', ...overrides }))
}

export function newJob(overrides: Partial<NewJob> = {}): NewJob {
  const [job] = newJobs(1, overrides)
  if (!job) throw new Error('one job was asked for')
  return job
}

export function claimRequest(overrides: Partial<ClaimRequest> = {}): ClaimRequest {
  return anyClaim({ workerId: 'w', limit: 10, queues: [{ name: 'default', limit: 10 }], ...overrides })
}

export function completion(row: JobRow, overrides: Partial<Settlement> = {}): Settlement {
  return settlement(row, { startedAt: 1, finishedAt: 2, deleteAt: 3, result: null, ...overrides })
}
