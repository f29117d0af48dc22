import assert from 'node:assert/strict'
import type { ClaimRequest, JobRow, NewJob } from '@dbjobq/core/storage'
import type { AnyStorage } from './case.js'
import { claimRequest, newJob, newJobs } from './factories.js'

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

/** The rows of these jobs in their order; throws when one is gone. */
export async function findAll(storage: AnyStorage, jobs: { id: string }[]): Promise<JobRow[]> {
  const ids = jobs.map((job) => job.id)
  const rows = new Map((await storage.findJobs({ ids }, { limit: ids.length })).map((row) => [row.id, row]))
  return ids.map((id) => rows.get(id) ?? assert.fail(`job ${id} is gone`))
}

/** The ids of those that are in the store, ascending. */
export async function findPresent(storage: AnyStorage, jobs: { id: string }[]): Promise<string[]> {
  const rows = await storage.findJobs({ ids: jobs.map((job) => job.id) }, { limit: jobs.length })
  return rows.map((row) => row.id)
}
