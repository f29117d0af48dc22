import { randomBytes } from 'node:crypto'
import type { ClaimRequest, JobRow, NewJob, Settlement } from '@dbjobq/core/storage'

export function newId(): string {
  const time = Date.now().toString(16).padStart(12, '0')
  const random = randomBytes(10).toString('hex')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`
}

export function newJob(overrides: Partial<NewJob> = {}): NewJob {
  return {
    id: newId(),
    queue: 'default',
    type: 'noop',
    groupKey: null,
    priority: 5,
    status: 'pending',
    runAt: 1_700_000_000_000,
    uniqueKey: null,
    keyUntil: 'settlement',
    data: '{}',
    options: '{}',
    ...overrides,
  }
}

export function claimRequest(overrides: Partial<ClaimRequest> = {}): ClaimRequest {
  return { claimId: newId(), workerId: 'worker-1', limit: 100, queues: [{ name: 'default', limit: 100 }], ...overrides }
}

export function completion(row: Pick<JobRow, 'id' | 'claimId' | 'runAt' | 'attempts'>, overrides: Partial<Settlement> = {}): Settlement {
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
