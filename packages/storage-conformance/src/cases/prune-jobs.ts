import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import { newJob, newJobs, settlement } from '../factories.js'
import { findPresent, startJob, startSome } from '../running-jobs.js'

const now = 1_700_000_000_000

export const pruneJobsCases: ConformanceCase[] = [
  {
    id: 'prune-jobs/due',
    title: 'removes finished jobs from their delete-at on, and none before or without one',
    proves: ['prune.due'],
    async run({ storage }) {
      for (const status of ['completed', 'failed', 'cancelled'] as const) {
        const rows = await startSome(storage, 5)
        const times = [0, now - 1, now, now + 1, null]
        await storage.settleJobs(rows.map((row, index) => settlement(row, { status, deleteAt: times[index] ?? null })))
        assert.equal(await storage.pruneJobs({ now, limit: 100 }), 3, status)
        assert.deepEqual(
          await findPresent(storage, rows),
          rows.slice(3).map((row) => row.id),
          status,
        )
      }
    },
  },
  {
    id: 'prune-jobs/finished-only',
    title: 'never removes a job that waits or runs, even with a delete-at in the past',
    proves: ['prune.final'],
    async run({ storage }) {
      const waiting = [newJob({ queue: 'w' }), newJob({ queue: 'w', status: 'scheduled' })]
      await storage.insertJobs(waiting)
      await storage.updateJobs(waiting.map(({ id }) => ({ id, from: ['scheduled', 'pending'], set: { deleteAt: 1, finishedAt: 1 } })))
      const running = await startJob(storage)
      await storage.updateJobs([{ id: running.id, from: ['running'], set: { deleteAt: 1, finishedAt: 1 } }])
      const back = await startJob(storage)
      await storage.settleJobs([settlement(back, { status: 'scheduled', finishedAt: 1, deleteAt: 1 })])
      assert.equal(await storage.pruneJobs({ now, limit: 100 }), 0)
      assert.equal((await storage.findJobs({}, { limit: 10 })).length, 4)
    },
  },
  {
    id: 'prune-jobs/by-status',
    title: 'removes what has a final status whether or not it says when it finished, and leaves what was put back from one',
    proves: ['prune.final'],
    async run({ storage }) {
      const [ended, again] = newJobs(2)
      assert.ok(ended && again)
      await storage.insertJobs([ended, again])
      const end = { status: 'failed', deleteAt: 1 } as const
      await storage.updateJobs([ended, again].map(({ id }) => ({ id, from: ['pending'], set: end })))
      // Its delete-at stays: what a retry that does not clear it would leave.
      await storage.updateJobs([{ id: again.id, from: ['failed'], set: { status: 'pending' } }])
      assert.equal(await storage.pruneJobs({ now, limit: 100 }), 1)
      assert.deepEqual(await findPresent(storage, [ended, again]), [again.id])
    },
  },
  {
    id: 'prune-jobs/limit',
    title: 'removes at most the limit a call and answers how many',
    proves: ['prune.limit'],
    async run({ storage }) {
      const rows = await startSome(storage, 7)
      await storage.settleJobs(rows.map((row, index) => settlement(row, { deleteAt: now - index })))
      assert.equal(await storage.pruneJobs({ now, limit: 3 }), 3)
      assert.equal((await storage.findJobs({}, { limit: 10 })).length, 4)
      assert.equal(await storage.pruneJobs({ now, limit: 4 }), 4)
      assert.equal(await storage.pruneJobs({ now, limit: 4 }), 0)
    },
  },
  {
    id: 'prune-jobs/race',
    title: 'counts each job once when several prune at once',
    proves: ['prune.limit', 'prune.due'],
    async run({ storage, open }) {
      const storages = await Promise.all([open(), open(), open()])
      const rows = await startSome(storage, 200)
      await storage.settleJobs(rows.map((row) => settlement(row, { deleteAt: now })))
      await storage.insertJobs(newJobs(3))
      const prune = async (one: typeof storage): Promise<number> => {
        let total = 0
        // Another one may take the jobs of a call: only nothing left in the store ends it.
        for (let calls = 0; calls < 200; calls++) {
          total += await one.pruneJobs({ now, limit: 20 })
          if ((await one.findJobs({ status: ['completed'] }, { limit: 1 })).length === 0) break
        }
        return total
      }
      const totals = await Promise.all(storages.map(prune))
      assert.equal(
        totals.reduce((sum, total) => sum + total, 0),
        200,
      )
      assert.equal((await storage.findJobs({}, { limit: 10 })).length, 3)
    },
  },
]
