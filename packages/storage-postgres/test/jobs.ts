import { claimRequest, newJob as anyJob, settlement } from '@dbjobq/storage-conformance/factories'
import type { JobRow, JobStorage, NewJob, Settlement } from '@dbjobq/core/storage'
import type { PostgresTransaction } from '@dbjobq/storage-postgres'
import { expect } from 'vitest'

export function newJob(overrides: Partial<NewJob> = {}): NewJob {
  return anyJob({ data: '{}', options: '{}', ...overrides })
}

export function completion(row: JobRow, overrides: Partial<Settlement> = {}): Settlement {
  return settlement(row, { startedAt: 1, finishedAt: 2, deleteAt: 3, result: null, ...overrides })
}

export function claim(storage: JobStorage<PostgresTransaction>, limit = 100): Promise<{ jobs: JobRow[]; more: boolean }> {
  return storage.claimJobs(claimRequest({ workerId: 'worker', limit, queues: [{ name: 'default', limit }] }))
}

/** Every statement once, in the life of one job with a follow-up, on a store that is empty. */
export async function liveThrough(storage: JobStorage<PostgresTransaction>): Promise<void> {
  const job = newJob({ status: 'scheduled', uniqueKey: 'key' })
  const followUp = newJob({ uniqueKey: 'key' })
  expect(await storage.insertJobs([job, newJob({ uniqueKey: 'key' })])).toEqual([
    { inserted: true, id: job.id },
    { inserted: false, id: job.id },
  ])
  expect(await storage.updateJobs([{ id: job.id, from: ['scheduled'], set: { priority: 7, uniqueKey: 'key' } }])).toEqual(['updated'])
  expect(await storage.promoteJobs({ now: job.runAt, limit: 10 })).toEqual({ queues: ['default'], more: false, nextRunAt: null })
  await storage.putQueue({ name: 'default', pausedAt: null, settings: '{}' })
  expect(await storage.findQueues()).toHaveLength(1)
  const [row] = (await claim(storage)).jobs
  if (row?.claimId == null) throw new Error('nothing was claimed')
  expect(await storage.markJobs([{ id: row.id, claimId: row.claimId, startedAt: 1 }])).toEqual([true])
  const beat = { workerId: 'worker', info: '{}', now: 1, leaseUntil: 10, first: true }
  expect(await storage.heartbeat(beat)).toEqual({ alive: true, claims: [{ id: row.id, claimId: row.claimId, cancelRequested: false }] })
  expect(await storage.findWorkers()).toHaveLength(1)
  expect(await storage.findOrphans({ now: 10, limit: 10 })).toHaveLength(1)
  expect(await storage.settleJobs([completion(row, { followUps: [followUp] })])).toEqual(['settled'])
  expect(await storage.countJobs(['status'], { scanLimit: 10 })).toMatchObject({ counts: [{ count: 1 }, { count: 1 }], complete: true })
  expect(await storage.findJobs({ uniqueKey: 'key' }, { limit: 10 })).toMatchObject([{ id: followUp.id }])
  expect(await storage.putState({ kind: 'schedule', id: 'a', dueAt: 1, text: '{}' }, null, [newJob()])).toBe(true)
  expect(await storage.findStates({ kind: 'schedule' }, { limit: 10 })).toHaveLength(1)
  expect(await storage.pruneJobs({ now: 3, limit: 10 })).toBe(1)
  expect(await storage.deleteJobs([followUp.id])).toEqual([followUp.id])
}
