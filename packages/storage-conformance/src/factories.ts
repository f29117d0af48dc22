import { randomBytes } from 'node:crypto'
import type { ClaimRequest, JobRow, NewJob, Settlement } from '@dbjobq/core/storage'
import type { AnyStorage } from './case.js'

/** A UUIDv7 at `at` (epoch ms). Those of one process and millisecond are in no order. */
export function newId(at = Date.now()): string {
  const time = at.toString(16).padStart(12, '0')
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
    data: '{"to":"ada@example.com"}',
    options: '{"maxRetries":3}',
    ...overrides,
  }
}

/** `count` jobs with ids in ascending order. */
export function newJobs(count: number, overrides: Partial<NewJob> | ((index: number) => Partial<NewJob>) = {}): NewJob[] {
  const start = Date.now() - count
  return Array.from({ length: count }, (_, index) =>
    newJob({ id: newId(start + index), ...(typeof overrides === 'function' ? overrides(index) : overrides) }),
  )
}

export function claimRequest(overrides: Partial<ClaimRequest> = {}): ClaimRequest {
  return { claimId: newId(), workerId: 'worker-1', limit: 100, queues: [{ name: 'default', limit: 100 }], ...overrides }
}

/** A completion of a claimed row. */
export function settlement(row: Pick<JobRow, 'id' | 'claimId' | 'runAt' | 'attempts'>, overrides: Partial<Settlement> = {}): Settlement {
  return {
    id: row.id,
    claimId: row.claimId ?? '',
    status: 'completed',
    runAt: row.runAt,
    attempts: row.attempts,
    startedAt: 1_700_000_001_000,
    finishedAt: 1_700_000_002_000,
    deleteAt: 1_700_000_003_000,
    result: '{"ok":true}',
    errors: null,
    releaseKey: true,
    forgetClaim: false,
    ...overrides,
  }
}

/** The row with that id; throws when there is none. */
export async function findJob(storage: AnyStorage, id: string): Promise<JobRow> {
  const [row] = await storage.findJobs({ ids: [id] }, { limit: 1 })
  if (!row) throw new Error(`job ${id} is gone`)
  return row
}
