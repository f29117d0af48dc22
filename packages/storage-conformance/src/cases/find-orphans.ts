import assert from 'node:assert/strict'
import type { AnyStorage, ConformanceCase } from '../case.js'
import { newJob, newJobs, settlement } from '../factories.js'
import { startJob, startJobs } from '../running-jobs.js'

const now = 1_700_000_000_000

async function lease(storage: AnyStorage, workerId: string, leaseUntil: number): Promise<void> {
  await storage.heartbeat({ workerId, info: '{}', now: 1, leaseUntil, first: true })
}

export const findOrphansCases: ConformanceCase[] = [
  {
    id: 'find-orphans/dead-only',
    title: 'answers running jobs whose worker has no lease beyond now: run out, removed, or never there',
    proves: ['orphans.dead-only'],
    async run({ storage }) {
      const leases: Record<string, number | null> = { live: now + 1, 'at-now': now, past: now - 60_000, absent: null, Live: null }
      const rows: Record<string, string> = {}
      for (const [workerId, leaseUntil] of Object.entries(leases)) {
        if (leaseUntil !== null) await lease(storage, workerId, leaseUntil)
        rows[workerId] = (await startJob(storage, { queue: workerId }, { workerId })).id
      }
      await lease(storage, 'left', now + 60_000)
      rows.left = (await startJob(storage, { queue: 'left' }, { workerId: 'left' })).id
      await storage.heartbeat({ workerId: 'left', info: '{}', now, leaseUntil: now, first: false })
      const orphans = await storage.findOrphans({ now, limit: 100 })
      assert.deepEqual(
        orphans.map((row) => row.id),
        ['at-now', 'past', 'absent', 'Live', 'left'].map((workerId) => rows[workerId]).toSorted(),
      )
      const earlier = await storage.findOrphans({ now: now - 1, limit: 100 })
      assert.ok(!earlier.some((row) => row.id === rows['at-now']), 'a lease until now is alive before')
    },
  },
  {
    id: 'find-orphans/running-only',
    title: 'leaves out jobs that are no longer running, though their worker is dead',
    proves: ['orphans.dead-only'],
    async run({ storage }) {
      for (const status of ['completed', 'failed', 'cancelled', 'scheduled', 'pending'] as const) {
        const row = await startJob(storage, { queue: status }, { workerId: 'gone' })
        await storage.settleJobs([settlement(row, { status })])
      }
      await storage.insertJobs([newJob(), newJob({ status: 'scheduled' })])
      assert.deepEqual(await storage.findOrphans({ now, limit: 100 }), [])
    },
  },
  {
    id: 'find-orphans/whole-rows',
    title: 'answers whole rows, with the claim that a rescue needs',
    proves: ['orphans.dead-only'],
    async run({ storage }) {
      const row = await startJob(storage, { uniqueKey: 'k', groupKey: 'g' })
      const orphans = await storage.findOrphans({ now, limit: 1 })
      assert.deepEqual(orphans, [row])
    },
  },
  {
    id: 'find-orphans/paging',
    title: 'pages by id without a gap or a repeat',
    proves: ['orphans.paging'],
    async run({ storage }) {
      const jobs = newJobs(23)
      await storage.insertJobs(jobs)
      for (const workerId of ['dead-2', 'dead-1', 'dead-3']) {
        await storage.claimJobs({ claimId: newJob().id, workerId, limit: 8, queues: [{ name: 'default', limit: 8 }] })
      }
      for (const limit of [1, 5, 23, 100]) {
        const found: string[] = []
        for (let full = true; full;) {
          const after = found.at(-1)
          const page = await storage.findOrphans({ now, limit, ...(after === undefined ? {} : { after }) })
          found.push(...page.map((row) => row.id))
          full = page.length === limit
        }
        assert.deepEqual(
          found,
          jobs.map((job) => job.id),
          `${limit} a page`,
        )
      }
    },
  },
  {
    id: 'find-orphans/behind-the-living',
    title: 'finds an orphan behind many running jobs of live workers, within the limit of one',
    proves: ['orphans.paging', 'orphans.dead-only'],
    async run({ storage }) {
      const jobs = newJobs(301)
      const [dead, ...living] = [jobs.at(-1), ...jobs.slice(0, 300)].map((job) => job ?? assert.fail())
      await lease(storage, 'alive', now + 60_000)
      await startJobs(storage, living, { workerId: 'alive' })
      await startJobs(storage, [dead ?? assert.fail()], { workerId: 'dead' })
      for (const limit of [1, 100]) {
        const orphans = await storage.findOrphans({ now, limit })
        assert.deepEqual(
          orphans.map((row) => row.id),
          [dead?.id],
          `limit ${limit}`,
        )
      }
    },
  },
  {
    id: 'find-orphans/after-those-left-alone',
    title: 'goes on after orphans that the caller does not touch',
    proves: ['orphans.paging'],
    async run({ storage }) {
      const rows = await startJobs(storage, newJobs(150), { workerId: 'dead' })
      const last = (await storage.findOrphans({ now, limit: 100 })).at(-1)
      assert.equal(last?.id, rows[99]?.id)
      const rest = await storage.findOrphans({ now, limit: 100, after: last?.id ?? '' })
      assert.deepEqual(
        rest.map((row) => row.id),
        rows.slice(100).map((row) => row.id),
      )
    },
  },
  {
    id: 'find-orphans/worker-just-came',
    title: 'never takes the job of a worker for an orphan that registered before it claimed',
    proves: ['orphans.dead-only'],
    async run({ storage, open }) {
      const [rescuer, second] = await Promise.all([open(), open()])
      let coming = true
      const rescue = async (one: AnyStorage) => {
        while (coming) assert.deepEqual(await one.findOrphans({ now, limit: 10 }), [])
      }
      const come = async () => {
        try {
          for (let round = 0; round < 30; round++) {
            const workerId = `worker-${round}`
            await storage.insertJobs([newJob({ queue: workerId })])
            await lease(storage, workerId, now + 60_000)
            await storage.claimJobs({ claimId: newJob().id, workerId, limit: 1, queues: [{ name: workerId, limit: 1 }] })
          }
        } finally {
          coming = false
        }
      }
      await Promise.all([come(), rescue(rescuer), rescue(second)])
    },
  },
]
