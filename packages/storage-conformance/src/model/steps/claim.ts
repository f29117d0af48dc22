import assert from 'node:assert/strict'
import type { ClaimRequest, JobRow } from '@dbjobq/core/storage'
import fc from 'fast-check'
import { claimId, queues, some, types, workers } from '../cast.js'
import type { Pair } from '../pair.js'
import { stepKind } from '../step.js'

const limit = fc.integer({ min: 1, max: 6 })
const queue = fc.record(
  { name: some(queues), limit, types: fc.subarray([...types], { minLength: 1 }) },
  { requiredKeys: ['name', 'limit'] },
)
const request = fc.record({ worker: some(workers), limit, queues: fc.uniqueArray(queue, { selector: ({ name }) => name, minLength: 1 }) })

/**
 * Which of the best rows a store takes is free for 1 s after they became so. So the oracle is shown only what the store took:
 * it must take all of it, in the same order, with the same values.
 */
export const claimJobs = stepKind(request, async (pair, { worker, ...rest }) => {
  const asked: ClaimRequest = { claimId: claimId(pair.step), workerId: worker, ...rest }
  const actual = await pair.store.claimJobs(asked)
  const hidden = hideOthers(pair, actual.jobs)
  const expected = await pair.oracle.claimJobs(asked)
  for (const job of hidden) job.status = 'pending'
  assert.deepEqual(actual.jobs, expected.jobs)
  if (!actual.more) assert.deepEqual(await free(pair, asked, hidden), [], 'more: false, and these are free')
  pair.claims.push(...expected.jobs.map(({ id }) => ({ id, claimId: asked.claimId })))
})

function hideOthers({ database }: Pair, taken: JobRow[]): JobRow[] {
  const ids = new Set(taken.map(({ id }) => id))
  const others = [...database.tables.jobs.values()].filter((job) => job.status === 'pending' && !ids.has(job.id))
  for (const job of others) job.status = 'scheduled'
  return others
}

async function free({ oracle }: Pair, { queues }: ClaimRequest, rows: JobRow[]): Promise<string[]> {
  const paused = (await oracle.findQueues()).filter(({ pausedAt }) => pausedAt !== null).map(({ name }) => name)
  const open = queues.filter(({ name }) => !paused.includes(name))
  return rows.filter((row) => open.some(({ name, types }) => row.queue === name && (types?.includes(row.type) ?? true))).map(({ id }) => id)
}
