import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import { findJob, newJob, settlement } from '../factories.js'
import { findPresent, startJob } from '../running-jobs.js'

const asked = 1_700_000_000_500

export const settleCancelCases: ConformanceCase[] = [
  {
    id: 'settle-jobs/cancel-refuses-put-back',
    title: 'refuses to put a job back while a cancel is asked, and changes nothing',
    proves: ['settle.cancel', 'settle.follow-ups', 'settle.release-key'],
    async run({ storage }) {
      for (const status of ['scheduled', 'pending'] as const) {
        const row = await startJob(storage, { uniqueKey: status })
        await storage.updateJobs([{ id: row.id, from: ['running'], set: { cancelRequestedAt: asked } }])
        const before = await findJob(storage, row.id)
        const followUp = newJob({ queue: 'f' })
        const back = settlement(row, { status, releaseKey: true, forgetClaim: true, followUps: [followUp] })
        for (const time of ['once', 'again']) {
          assert.deepEqual(await storage.settleJobs([back]), ['cancelRequested'], `${status}, ${time}`)
          assert.deepEqual(await findJob(storage, row.id), before, `${status}, ${time}`)
        }
        assert.deepEqual(await findPresent(storage, [followUp]), [])
        assert.deepEqual(await storage.settleJobs([settlement(row, { status: 'cancelled' })]), ['settled'])
      }
    },
  },
  {
    id: 'settle-jobs/cancel-asked-at-0',
    title: 'refuses to put a job back whose cancel was asked at time 0',
    proves: ['settle.cancel'],
    async run({ storage }) {
      const row = await startJob(storage)
      await storage.updateJobs([{ id: row.id, from: ['running'], set: { cancelRequestedAt: 0 } }])
      assert.deepEqual(await storage.settleJobs([settlement(row, { status: 'pending' })]), ['cancelRequested'])
    },
  },
  {
    id: 'settle-jobs/cancel-allows-the-end',
    title: 'settles to a final status while a cancel is asked, and keeps the time it was asked',
    proves: ['settle.cancel', 'settle.fields'],
    async run({ storage }) {
      for (const status of ['completed', 'failed', 'cancelled'] as const) {
        const row = await startJob(storage)
        await storage.updateJobs([{ id: row.id, from: ['running'], set: { cancelRequestedAt: asked } }])
        const followUp = newJob({ queue: 'f' })
        assert.deepEqual(await storage.settleJobs([settlement(row, { status, followUps: [followUp] })]), ['settled'])
        const after = await findJob(storage, row.id)
        assert.deepEqual([after.status, after.cancelRequestedAt], [status, asked])
        assert.deepEqual(await findPresent(storage, [followUp]), [followUp.id])
      }
    },
  },
  {
    id: 'settle-jobs/cancel-and-lost',
    title: 'answers lost, not cancelRequested, to a claim that it does not know',
    proves: ['settle.cancel', 'settle.fenced'],
    async run({ storage }) {
      const row = await startJob(storage)
      await storage.updateJobs([{ id: row.id, from: ['running'], set: { cancelRequestedAt: asked } }])
      assert.deepEqual(await storage.settleJobs([settlement({ ...row, claimId: newJob().id }, { status: 'pending' })]), ['lost'])
    },
  },
  {
    id: 'settle-jobs/cancel-withdrawn',
    title: 'puts a job back again once the cancel is withdrawn',
    proves: ['settle.cancel'],
    async run({ storage }) {
      const row = await startJob(storage)
      await storage.updateJobs([{ id: row.id, from: ['running'], set: { cancelRequestedAt: asked } }])
      await storage.updateJobs([{ id: row.id, from: ['running'], set: { cancelRequestedAt: null } }])
      assert.deepEqual(await storage.settleJobs([settlement(row, { status: 'pending' })]), ['settled'])
    },
  },
  {
    id: 'settle-jobs/cancel-race',
    title: 'lets either a cancel or a put-back through, never both',
    proves: ['settle.cancel', 'update.guard'],
    async run({ storage, open }) {
      const operator = await open()
      for (let round = 0; round < 20; round++) {
        const row = await startJob(storage, { queue: `q${round}` })
        const [[update], [answer]] = await Promise.all([
          operator.updateJobs([{ id: row.id, from: ['running'], set: { cancelRequestedAt: asked } }]),
          storage.settleJobs([settlement(row, { status: 'pending' })]),
        ])
        const { status, cancelRequestedAt } = await findJob(storage, row.id)
        const outcome = [update, answer, status, cancelRequestedAt]
        if (update === 'updated') assert.deepEqual(outcome, ['updated', 'cancelRequested', 'running', asked])
        else assert.deepEqual(outcome, ['stale', 'settled', 'pending', null])
      }
    },
  },
]
