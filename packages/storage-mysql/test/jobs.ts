import { randomBytes } from 'node:crypto'
import type { ClaimRequest, JobRow, NewJob, Settlement } from '@dbjobq/core/storage'

/** Ids ascend from job to job. */
export function newJobs(count: number, overrides: Partial<NewJob> = {}): NewJob[] {
  const batch = randomBytes(4).toString('hex')
  return Array.from({ length: count }, (_, index) => ({
    id: `01900000-0000-7000-8000-${batch}${index.toString(16).padStart(4, '0')}`,
    queue: 'default',
    type: 'noop',
    groupKey: null,
    priority: 0,
    status: 'pending',
    runAt: 1_700_000_000_000 + index,
    uniqueKey: null,
    keyUntil: 'settlement',
    data: '{}',
    options: '{}',
    ...overrides,
  }))
}

export function newJob(overrides: Partial<NewJob> = {}): NewJob {
  const [job] = newJobs(1, overrides)
  if (!job) throw new Error('one job was asked for')
  return job
}

export function claimRequest(overrides: Partial<ClaimRequest> = {}): ClaimRequest {
  return { claimId: newJob().id, workerId: 'w', limit: 10, queues: [{ name: 'default', limit: 10 }], ...overrides }
}

export function completion(row: JobRow, overrides: Partial<Settlement> = {}): Settlement {
  return {
    id: row.id,
    claimId: row.claimId ?? '',
    status: 'completed',
    runAt: row.runAt,
    attempts: row.attempts,
    startedAt: 1,
    finishedAt: 2,
    deleteAt: 3,
    result: null,
    errors: null,
    releaseKey: true,
    forgetClaim: false,
    ...overrides,
  }
}
