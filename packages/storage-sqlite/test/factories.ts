import { randomBytes } from 'node:crypto'
import type { NewJob } from '@dbjobq/core/storage'
import { StorageError } from '@dbjobq/core/storage'

export function newJob(overrides: Partial<NewJob> = {}): NewJob {
  const random = randomBytes(13).toString('hex')
  return {
    id: `019a0000-0000-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`,
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

export function newJobs(count: number, overrides: Partial<NewJob> = {}): NewJob[] {
  return Array.from({ length: count }, () => newJob(overrides))
}

/** The `StorageError` that the call rejects with; throws when it resolves or rejects with anything else. */
export async function storageErrorOf(call: Promise<unknown>): Promise<StorageError> {
  const outcome = await call.then(
    () => 'it resolved',
    (error: unknown) => error,
  )
  if (outcome instanceof StorageError) return outcome
  throw new Error(`a StorageError was expected, but: ${String(outcome)}`, { cause: outcome })
}
