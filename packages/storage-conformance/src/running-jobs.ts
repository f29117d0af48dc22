import assert from 'node:assert/strict'
import type { ClaimRequest, JobRow, NewJob } from '@dbjobq/core/storage'
import type { AnyStorage } from './case.js'
import { claimRequest, findJob, newJob, newJobs } from './factories.js'

/** Inserts the jobs and claims them in one call; answers their rows in the order of the jobs. */
export async function startJobs(storage: AnyStorage, jobs: NewJob[], overrides: Partial<ClaimRequest> = {}): Promise<JobRow[]> {
  await storage.insertJobs(jobs)
  return claimThese(storage, jobs, overrides)
}

/** Claims these pending jobs in one call, whose queues must hold no other; answers their rows in the order given. */
export async function claimThese(
  storage: AnyStorage,
  jobs: { id: string; queue: string }[],
  overrides: Partial<ClaimRequest> = {},
): Promise<JobRow[]> {
  const queues = [...new Set(jobs.map((job) => job.queue))].map((name) => ({ name, limit: jobs.length }))
  const claimed = await storage.claimJobs(claimRequest({ queues, limit: jobs.length, ...overrides }))
  const rows = new Map(claimed.jobs.map((row) => [row.id, row]))
  assert.equal(rows.size, jobs.length, 'the jobs of this case could not be claimed')
  return jobs.map((job) => rows.get(job.id) ?? assert.fail(`job ${job.id} was not claimed`))
}

export async function startJob(storage: AnyStorage, overrides: Partial<NewJob> = {}, request: Partial<ClaimRequest> = {}): Promise<JobRow> {
  const [row] = await startJobs(storage, [newJob(overrides)], request)
  return row ?? assert.fail('nothing was claimed')
}

/** `count` running jobs of one claim, ids ascending. */
export function startSome(storage: AnyStorage, count: number, overrides: Partial<NewJob> = {}): Promise<JobRow[]> {
  return startJobs(storage, newJobs(count, overrides))
}

/** The rows with these ids in this order; throws when one is gone. */
export function findAll(storage: AnyStorage, ids: string[]): Promise<JobRow[]> {
  return Promise.all(ids.map((id) => findJob(storage, id)))
}

/** The ids of all rows in the store that are among `ids`, ascending. */
export async function findPresent(storage: AnyStorage, ids: string[]): Promise<string[]> {
  const rows = await storage.findJobs({ ids }, { limit: ids.length })
  return rows.map((row) => row.id)
}
