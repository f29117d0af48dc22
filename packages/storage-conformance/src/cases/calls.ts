import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import { claimRequest, findJob, newId, newJob, settlement } from '../factories.js'
import { startJob } from '../running-jobs.js'

/** What holds for every call that takes a list or a limit. */
export const callsCases: ConformanceCase[] = [
  {
    id: 'calls/empty',
    title: 'does nothing for an empty list, and answers an empty one',
    proves: ['calls.empty'],
    async run({ storage }) {
      await storage.insertJobs([newJob()])
      assert.deepEqual(await storage.insertJobs([]), [])
      assert.deepEqual(await storage.settleJobs([]), [])
      assert.deepEqual(await storage.markJobs([]), [])
      assert.deepEqual(await storage.updateJobs([]), [])
      assert.deepEqual(await storage.deleteJobs([]), [])
      assert.deepEqual(await storage.claimJobs(claimRequest({ queues: [] })), { jobs: [], more: false })
      assert.deepEqual(await storage.claimJobs(claimRequest({ queues: [{ name: 'default', limit: 1, types: [] }] })), {
        jobs: [],
        more: false,
      })
      assert.equal(await storage.putState({ kind: 'k', id: 'i', dueAt: null, text: '' }, null, []), true)
      assert.equal((await storage.findJobs({ status: ['pending'] }, { limit: 10 })).length, 1)
    },
  },
  {
    id: 'calls/empty-with-tx',
    title: 'does nothing for an empty list in a transaction of the caller either',
    proves: ['calls.empty'],
    needs: ['transactions'],
    async run({ storage, subject }) {
      for (const inTransaction of Object.values(subject.transactions ?? {})) {
        await inTransaction(async (tx) => {
          assert.deepEqual(await storage.insertJobs([], { tx }), [])
          assert.deepEqual(await storage.settleJobs([], { tx }), [])
          assert.deepEqual(await storage.updateJobs([], { tx }), [])
          assert.deepEqual(await storage.deleteJobs([], { tx }), [])
        })
      }
    },
  },
  {
    id: 'calls/limit-zero',
    title: 'answers no rows and writes nothing for a limit of 0, and what it says of the rest is true',
    proves: ['calls.zero'],
    async run({ storage }) {
      const orphan = await startJob(storage, { queue: 'o' })
      const finished = await startJob(storage, { queue: 'f' })
      await storage.settleJobs([settlement(finished, { deleteAt: 1 })])
      await storage.insertJobs([newJob(), newJob({ status: 'scheduled', runAt: 5 })])
      await storage.putState({ kind: 'k', id: 'i', dueAt: null, text: '' }, null)
      assert.deepEqual(await storage.promoteJobs({ now: 10, limit: 0 }), { queues: [], more: true, nextRunAt: 5 })
      assert.deepEqual(await storage.promoteJobs({ now: 1, limit: 0 }), { queues: [], more: false, nextRunAt: 5 })
      for (const [limit, ofQueue] of [
        [0, 5],
        [5, 0],
      ] as const) {
        const request = claimRequest({ limit, queues: [{ name: 'default', limit: ofQueue }] })
        assert.deepEqual(await storage.claimJobs(request), { jobs: [], more: true }, `claim ${limit}, ${ofQueue} of the queue`)
      }
      assert.equal(await storage.pruneJobs({ now: 10, limit: 0 }), 0)
      assert.deepEqual(await storage.findJobs({}, { limit: 0 }), [])
      assert.deepEqual(await storage.findOrphans({ now: 10, limit: 0 }), [])
      assert.deepEqual(await storage.findStates({ kind: 'k' }, { limit: 0 }), [])
      assert.deepEqual(await storage.countJobs(['status'], { scanLimit: 0 }), { counts: [], complete: false })
      assert.deepEqual(await storage.countJobs(['status'], { filter: { queue: ['none'] }, scanLimit: 0 }), { counts: [], complete: true })
      const rows = await storage.findJobs({}, { limit: 10 })
      assert.deepEqual(rows.map(({ status }) => status).toSorted(), ['completed', 'pending', 'running', 'scheduled'])
      assert.equal((await findJob(storage, orphan.id)).status, 'running')
    },
  },
  {
    id: 'calls/twice-settled',
    title: 'writes the first of two settlements of a job in one call, whatever stands between',
    proves: ['calls.in-order'],
    async run({ storage }) {
      const row = await startJob(storage)
      const answers = await storage.settleJobs([
        settlement(row, { claimId: newId(), result: 'stranger' }),
        settlement(row, { status: 'failed', result: 'first' }),
        settlement(row, { status: 'completed', result: 'second' }),
      ])
      assert.deepEqual(answers, ['lost', 'settled', 'settled'])
      const { status, result } = await findJob(storage, row.id)
      assert.deepEqual([status, result], ['failed', 'first'])
    },
  },
  {
    id: 'calls/twice-marked',
    title: 'writes all marks of a job in one call, the last one last',
    proves: ['calls.in-order'],
    async run({ storage }) {
      const { id, claimId } = await startJob(storage)
      const claim = { id, claimId: claimId ?? '' }
      const marks = [{ ...claim, progress: '1' }, { ...claim, startedAt: 7 }, { ...claim, progress: '2' }, claim]
      assert.deepEqual(await storage.markJobs([...marks, { id, claimId: newId(), progress: '3' }]), [true, true, true, true, false])
      const { progress, startedAt } = await findJob(storage, id)
      assert.deepEqual([progress, startedAt], ['2', 7])
    },
  },
  {
    id: 'calls/twice-updated',
    title: 'lets each update of a job in one call see what the one before it wrote',
    proves: ['calls.in-order'],
    async run({ storage }) {
      const [job, other] = [newJob({ uniqueKey: 'k' }), newJob()]
      await storage.insertJobs([job, other])
      const { id } = job
      const answers = await storage.updateJobs([
        { id, from: ['pending'], set: { status: 'cancelled', priority: 1 } },
        { id, from: ['pending'], set: { priority: 2 } },
        { id, from: ['cancelled'], set: { priority: 3 } },
        { id, from: [], set: { priority: 4 } },
        { id, from: ['cancelled'], set: {} },
        { id: other.id, from: ['pending'], set: { uniqueKey: 'k' } },
        { id, from: ['cancelled'], set: { uniqueKey: null } },
        { id: other.id, from: ['pending'], set: { uniqueKey: 'k' } },
      ])
      assert.deepEqual(answers, ['updated', 'stale', 'updated', 'stale', 'updated', 'keyTaken', 'updated', 'updated'])
      const row = await findJob(storage, id)
      assert.deepEqual([row.status, row.priority, row.uniqueKey], ['cancelled', 3, null])
      assert.equal((await findJob(storage, other.id)).uniqueKey, 'k')
    },
  },
]
