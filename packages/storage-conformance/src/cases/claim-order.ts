import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AnyStorage, ConformanceCase } from '../case.js'
import { claimRequest, newId, newJob, newJobs } from '../factories.js'

/** The ids claimed, `limit` a call, until the storage says that nothing is left. */
async function claimAll(storage: AnyStorage, limit: number): Promise<string[]> {
  const ids: string[] = []
  for (let more = true; more;) {
    const answer = await storage.claimJobs(claimRequest({ limit }))
    ids.push(...answer.jobs.map((row) => row.id))
    more = answer.more
  }
  return ids
}

export const claimOrderCases: ConformanceCase[] = [
  {
    id: 'claim-jobs/order',
    title: 'hands out the highest priority first, then the earliest run-at, then the lowest id',
    proves: ['claim.order'],
    async run({ storage }) {
      const jobs = [
        { priority: 32767, runAt: 9 },
        { priority: 10, runAt: 5 },
        { priority: 10, runAt: 5 },
        { priority: 9, runAt: 0 },
        { priority: 9, runAt: 1 },
        { priority: 0, runAt: 3 },
        { priority: -1, runAt: 1 },
        { priority: -1, runAt: 2 ** 31 },
        { priority: -10, runAt: 0 },
        { priority: -32768, runAt: 0 },
      ].map((overrides, index) => newJob({ id: newId(1_700_000_000_000 + index), ...overrides }))
      await storage.insertJobs([5, 2, 9, 0, 7, 1, 4, 8, 3, 6].map((index) => jobs[index] ?? assert.fail()))
      const { jobs: rows } = await storage.claimJobs(claimRequest())
      assert.deepEqual(
        rows.map((row) => [row.priority, row.runAt, row.id]),
        jobs.map((job) => [job.priority, job.runAt, job.id]),
      )
    },
  },
  {
    id: 'claim-jobs/order-over-calls',
    title: 'keeps the order over several calls',
    proves: ['claim.order', 'claim.more'],
    async run({ storage }) {
      const jobs = newJobs(60, (index) => ({ priority: -Math.floor(index / 20), runAt: 1_000 + Math.floor(index / 7) }))
      await storage.insertJobs(jobs.toReversed())
      assert.deepEqual(
        await claimAll(storage, 11),
        jobs.map((job) => job.id),
      )
    },
  },
  {
    id: 'claim-jobs/order-of-queues',
    title: 'takes queues in the order given, whatever the priorities in them',
    proves: ['claim.order'],
    async run({ storage }) {
      const jobs = ['b', 'c', 'a'].flatMap((queue, index) => newJobs(3, { queue, priority: index * 10 }))
      await storage.insertJobs(jobs)
      const queues = ['b', 'c', 'a'].map((name) => ({ name, limit: 2 }))
      const { jobs: rows } = await storage.claimJobs(claimRequest({ limit: 5, queues }))
      assert.deepEqual(
        rows.map((row) => row.queue),
        ['b', 'b', 'c', 'c', 'a'],
      )
    },
  },
  {
    id: 'claim-jobs/fifty-queues',
    title: 'takes 50 queues in one request, in the order given',
    proves: ['claim.order', 'claim.limits'],
    async run({ storage }) {
      const names = Array.from({ length: 50 }, (_, index) => `q${(index * 7) % 50}`)
      await storage.insertJobs(names.flatMap((queue) => newJobs(2, { queue })))
      const queues = names.map((name) => ({ name, limit: 1 }))
      const { jobs } = await storage.claimJobs(claimRequest({ limit: 45, queues }))
      assert.deepEqual(
        jobs.map((row) => row.queue),
        names.slice(0, 45),
      )
    },
  },
  {
    id: 'claim-jobs/best-rows-of-two-queues',
    title: 'takes the best rows of each queue when the limits cut it short',
    proves: ['claim.order', 'claim.limits'],
    async run({ storage }) {
      const jobs = ['a', 'b'].flatMap((queue) => newJobs(6, (index) => ({ queue, priority: index })))
      await storage.insertJobs(jobs)
      const queues = ['a', 'b'].map((name) => ({ name, limit: 3 }))
      const { jobs: rows } = await storage.claimJobs(claimRequest({ limit: 5, queues }))
      assert.deepEqual(
        rows.map((row) => `${row.queue}${row.priority}`),
        ['a5', 'a4', 'a3', 'b5', 'b4'],
      )
    },
  },
  {
    id: 'claim-jobs/nothing-is-missed',
    title: 'finds rows that came in ahead of those handed out before, before it says that nothing is left',
    proves: ['claim.more', 'claim.order'],
    async run({ storage, open }) {
      const other = await open()
      await storage.insertJobs(newJobs(10, { runAt: 1_000 }))
      await storage.claimJobs(claimRequest({ limit: 5 }))
      const ahead = [
        newJob({ priority: 9, runAt: 2_000 }),
        newJob({ runAt: 1 }),
        newJob({ runAt: 1_000, id: newId(1) }),
        newJob({ priority: -9 }),
      ]
      await other.insertJobs(ahead)
      const claimed = new Set(await claimAll(storage, 3))
      assert.equal(claimed.size, 9)
      for (const job of ahead) assert.ok(claimed.has(job.id))
    },
  },
  {
    id: 'claim-jobs/better-row-within-a-second',
    title: 'hands out a better row that came in later first, at the latest after a second',
    proves: ['claim.order'],
    async run({ storage, open }) {
      const other = await open()
      await storage.insertJobs(newJobs(20, { runAt: 1_000 }))
      await storage.claimJobs(claimRequest({ limit: 5 }))
      const better = newJobs(4, (index) => [{ priority: 9, runAt: 5_000 }, { priority: 6 }, { runAt: 10 }, { runAt: 20 }][index] ?? {})
      await other.insertJobs(better)
      // The bound is one of real time: the contract gives this call no `now`.
      await sleep(1_010)
      const { jobs } = await storage.claimJobs(claimRequest({ limit: 4 }))
      assert.deepEqual(
        jobs.map((row) => row.id),
        better.map((job) => job.id),
      )
    },
  },
]
