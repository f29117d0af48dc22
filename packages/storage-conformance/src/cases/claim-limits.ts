import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import { claimRequest, newJob, newJobs } from '../factories.js'

export const claimLimitsCases: ConformanceCase[] = [
  {
    id: 'claim-jobs/limit-of-all',
    title: 'never exceeds the limit of all queues together',
    proves: ['claim.limits', 'claim.more'],
    async run({ storage }) {
      await storage.insertJobs(newJobs(9, (index) => ({ queue: ['a', 'b', 'c'][index % 3] ?? '' })))
      const queues = ['a', 'b', 'c'].map((name) => ({ name, limit: 10 }))
      const { jobs, more } = await storage.claimJobs(claimRequest({ limit: 4, queues }))
      assert.deepEqual(
        jobs.map((row) => row.queue),
        ['a', 'a', 'a', 'b'],
      )
      assert.equal(more, true)
    },
  },
  {
    id: 'claim-jobs/limit-of-a-queue',
    title: 'never exceeds the limit of a queue',
    proves: ['claim.limits', 'claim.more'],
    async run({ storage }) {
      await storage.insertJobs(newJobs(9, (index) => ({ queue: ['a', 'b', 'c'][index % 3] ?? '' })))
      const queues = [
        { name: 'a', limit: 1 },
        { name: 'b', limit: 10 },
        { name: 'c', limit: 2 },
      ]
      const { jobs, more } = await storage.claimJobs(claimRequest({ limit: 100, queues }))
      assert.deepEqual(
        jobs.map((row) => row.queue),
        ['a', 'b', 'b', 'b', 'c', 'c'],
      )
      assert.equal(more, true)
    },
  },
  {
    id: 'claim-jobs/limit-zero',
    title: 'hands out nothing for a limit of 0, of a queue or of all',
    proves: ['claim.limits'],
    async run({ storage }) {
      await storage.insertJobs([newJob({ queue: 'a' }), newJob({ queue: 'b' })])
      const zero = await storage.claimJobs(claimRequest({ limit: 0, queues: [{ name: 'a', limit: 10 }] }))
      assert.deepEqual(zero.jobs, [])
      const { jobs } = await storage.claimJobs(
        claimRequest({
          queues: [
            { name: 'a', limit: 0 },
            { name: 'b', limit: 1 },
          ],
        }),
      )
      assert.deepEqual(
        jobs.map((row) => row.queue),
        ['b'],
      )
    },
  },
  {
    id: 'claim-jobs/no-queues',
    title: 'hands out nothing when no queue is asked for',
    proves: ['claim.limits'],
    async run({ storage }) {
      await storage.insertJobs([newJob()])
      assert.deepEqual((await storage.claimJobs(claimRequest({ queues: [] }))).jobs, [])
    },
  },
  {
    id: 'claim-jobs/fewer-than-the-limit',
    title: 'hands out what there is when the limit is larger, and says that nothing is left',
    proves: ['claim.limits', 'claim.more'],
    async run({ storage }) {
      await storage.insertJobs(newJobs(3))
      const first = await storage.claimJobs(claimRequest({ limit: 1_000, queues: [{ name: 'default', limit: 1_000 }] }))
      assert.equal(first.jobs.length, 3)
      assert.deepEqual(await storage.claimJobs(claimRequest()), { jobs: [], more: false })
    },
  },
  {
    id: 'claim-jobs/until-nothing-is-left',
    title: 'says more as long as something is free for the request, so that a claimer who asks on gets all',
    proves: ['claim.more', 'claim.limits'],
    async run({ storage }) {
      await storage.insertJobs(newJobs(25))
      const sizes: number[] = []
      for (let more = true; more && sizes.length < 20;) {
        const answer = await storage.claimJobs(claimRequest({ limit: 10 }))
        more = answer.more
        sizes.push(answer.jobs.length)
      }
      assert.deepEqual(
        sizes.filter((size) => size > 0),
        [10, 10, 5],
      )
    },
  },
  {
    id: 'claim-jobs/more-of-this-request',
    title: 'does not say more for what this request may not take',
    proves: ['claim.more', 'claim.paused', 'claim.types'],
    async run({ storage }) {
      await storage.insertJobs([newJob({ queue: 'paused' }), newJob({ queue: 'not-asked' }), newJob({ queue: 'typed', type: 'foreign' })])
      await storage.putQueue({ name: 'paused', pausedAt: 1, settings: null })
      const queues = [
        { name: 'paused', limit: 5 },
        { name: 'typed', limit: 5, types: ['known'] },
      ]
      assert.deepEqual(await storage.claimJobs(claimRequest({ queues })), { jobs: [], more: false })
    },
  },
  {
    id: 'claim-jobs/thousand',
    title: 'hands out 1,000 jobs in one call',
    proves: ['claim.limits', 'claim.order'],
    async run({ storage }) {
      const jobs = newJobs(1_000)
      await storage.insertJobs(jobs)
      const { jobs: rows } = await storage.claimJobs(claimRequest({ limit: 1_000, queues: [{ name: 'default', limit: 1_000 }] }))
      assert.deepEqual(
        rows.map((row) => row.id),
        jobs.map((job) => job.id),
      )
    },
  },
]
