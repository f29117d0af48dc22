import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import { newId, newJob, newJobs, settlement } from '../factories.js'
import { findPresent, startJob } from '../running-jobs.js'

export const deleteJobsCases: ConformanceCase[] = [
  {
    id: 'delete-jobs/not-running',
    title: 'deletes jobs in every status but running, and answers their ids',
    proves: ['delete.not-running'],
    async run({ storage }) {
      const waiting = [newJob({ queue: 'w' }), newJob({ queue: 'w', status: 'scheduled' })]
      await storage.insertJobs(waiting)
      const running = await startJob(storage, { uniqueKey: 'running' })
      const finished: string[] = []
      for (const status of ['completed', 'failed', 'cancelled'] as const) {
        const row = await startJob(storage, { queue: status })
        await storage.settleJobs([settlement(row, { status, deleteAt: null })])
        finished.push(row.id)
      }
      const deletable = [...waiting.map((job) => job.id), ...finished]
      assert.deepEqual((await storage.deleteJobs([running.id, ...deletable, newId()])).toSorted(), deletable.toSorted())
      assert.deepEqual(await findPresent(storage, [running, ...deletable.map((id) => ({ id }))]), [running.id])
      assert.deepEqual(await storage.insertJobs([newJob({ uniqueKey: 'running' })]), [{ inserted: false, id: running.id }])
    },
  },
  {
    id: 'delete-jobs/others-stay',
    title: 'deletes the jobs named and no others',
    proves: ['delete.not-running'],
    async run({ storage }) {
      const jobs = newJobs(10)
      await storage.insertJobs(jobs)
      const ids = jobs.map((job) => job.id)
      await storage.deleteJobs(ids.slice(3, 5))
      assert.deepEqual(await findPresent(storage, jobs), [...ids.slice(0, 3), ...ids.slice(5)])
    },
  },
  {
    id: 'delete-jobs/again',
    title: 'answers nothing for no ids and for jobs that are gone, and an id given twice once',
    proves: ['delete.not-running'],
    async run({ storage }) {
      const job = newJob()
      await storage.insertJobs([job])
      assert.deepEqual(await storage.deleteJobs([]), [])
      assert.deepEqual(await storage.deleteJobs([job.id, job.id]), [job.id])
      assert.deepEqual(await storage.deleteJobs([job.id]), [])
    },
  },
  {
    id: 'delete-jobs/thousand',
    title: 'deletes 1,000 jobs in one call',
    proves: ['delete.not-running'],
    async run({ storage }) {
      const jobs = newJobs(1_000)
      await storage.insertJobs(jobs)
      const ids = jobs.map((job) => job.id)
      assert.deepEqual((await storage.deleteJobs(ids)).toSorted(), ids)
      assert.deepEqual(await storage.findJobs({}, { limit: 1 }), [])
    },
  },
  {
    id: 'delete-jobs/guard',
    title: 'deletes only jobs in the statuses it is given, and never a running one',
    proves: ['delete.guard', 'delete.not-running'],
    async run({ storage }) {
      const waiting = [newJob({ queue: 'w' }), newJob({ queue: 'w', status: 'scheduled' })]
      await storage.insertJobs(waiting)
      const running = await startJob(storage, { queue: 'r' })
      const failed = await startJob(storage, { queue: 'f' })
      await storage.settleJobs([settlement(failed, { status: 'failed', deleteAt: null })])
      const all = [...waiting, running, failed]
      const ids = all.map(({ id }) => id)
      const [pending = '', scheduled = ''] = ids
      assert.deepEqual(await storage.deleteJobs(ids, { from: [] }), [])
      assert.deepEqual(await storage.deleteJobs(ids, { from: ['completed', 'cancelled'] }), [])
      assert.deepEqual(await storage.deleteJobs(ids, { from: ['running'] }), [])
      assert.equal((await findPresent(storage, all)).length, 4)
      assert.deepEqual(await storage.deleteJobs(ids, { from: ['failed', 'failed', 'running'] }), [failed.id])
      assert.deepEqual((await storage.deleteJobs(ids, { from: ['scheduled', 'pending'] })).toSorted(), [pending, scheduled].toSorted())
      assert.deepEqual(await findPresent(storage, all), [running.id])
    },
  },
  {
    id: 'delete-jobs/retry-race',
    title: 'lets either a retry or a guarded delete have a failed job, never both',
    proves: ['delete.guard'],
    async run({ storage, open }) {
      const other = await open()
      for (let round = 0; round < 20; round++) {
        const row = await startJob(storage, { queue: `q${round}` })
        await storage.settleJobs([settlement(row, { status: 'failed', deleteAt: null })])
        const [deleted, updated] = await Promise.all([
          storage.deleteJobs([row.id], { from: ['failed'] }),
          other.updateJobs([{ id: row.id, from: ['failed'], set: { status: 'pending', finishedAt: null } }]),
        ])
        assert.equal(deleted.length, updated[0] === 'updated' ? 0 : 1)
        assert.deepEqual(await findPresent(storage, [row]), updated[0] === 'updated' ? [row.id] : [])
      }
    },
  },
  {
    id: 'delete-jobs/claim-race',
    title: 'lets either a claim or a delete have a job, never both',
    proves: ['delete.not-running', 'claim.exclusive'],
    async run({ storage, open }) {
      const other = await open()
      for (let round = 0; round < 20; round++) {
        const job = newJob({ queue: `q${round}` })
        await storage.insertJobs([job])
        const [{ jobs }, deleted] = await Promise.all([
          storage.claimJobs({ claimId: newId(), workerId: 'w', limit: 1, queues: [{ name: job.queue, limit: 1 }] }),
          other.deleteJobs([job.id]),
        ])
        assert.equal(jobs.length + deleted.length, 1)
        assert.deepEqual(
          await findPresent(storage, [job]),
          jobs.map((row) => row.id),
        )
      }
    },
  },
]
