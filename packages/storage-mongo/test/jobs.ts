import { newJob as anyJob, settlement } from '@dbjobq/storage-conformance/factories'
import type { JobRow, NewJob, Settlement } from '@dbjobq/core/storage'

export { claimRequest, newId } from '@dbjobq/storage-conformance/factories'

export function newJob(overrides: Partial<NewJob> = {}): NewJob {
  return anyJob({ data: '{}', options: '{}', ...overrides })
}

export function completion(row: JobRow, overrides: Partial<Settlement> = {}): Settlement {
  return settlement(row, { startedAt: 1, finishedAt: 2, deleteAt: 3, result: null, ...overrides })
}
