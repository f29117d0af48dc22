import { newJobs as anyJobs } from '@dbjobq/storage-conformance/factories'
import type { NewJob } from '@dbjobq/core/storage'
import { StorageError } from '@dbjobq/core/storage'

export function newJobs(count: number, overrides: Partial<NewJob> = {}): NewJob[] {
  return anyJobs(count, { data: '{}', options: '{}', ...overrides })
}

export function newJob(overrides: Partial<NewJob> = {}): NewJob {
  const [job] = newJobs(1, overrides)
  if (!job) throw new Error('one job was asked for')
  return job
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
