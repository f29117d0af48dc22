import assert from 'node:assert/strict'
import type { JobRow, Settlement } from '@dbjobq/core/storage'
import type { AnyStorage, ConformanceCase } from '../case.js'
import { claimRequest, findJob, newId, newJob, settlement } from '../factories.js'
import { claimThese, findPresent, startJob } from '../running-jobs.js'

const putBack = { status: 'pending', finishedAt: null, deleteAt: null, releaseKey: false } as const

/** Ways in which a claim is lost; each answers the row of the claim that must no longer write. */
const waysToLose: Record<string, (storage: AnyStorage) => Promise<JobRow>> = {
  'a claim that never was': async (storage) => ({ ...(await startJob(storage)), claimId: newId() }),
  'the claim of another job': async (storage) => {
    const other = await startJob(storage, { queue: 'other' })
    return { ...(await startJob(storage)), claimId: other.claimId }
  },
  'a claim after rescue': async (storage) => {
    const row = await startJob(storage)
    await storage.settleJobs([settlement(row, { ...putBack, forgetClaim: true })])
    return row
  },
  'a claim after rescue and a claim by another': async (storage) => {
    const row = await startJob(storage)
    await storage.settleJobs([settlement(row, { ...putBack, forgetClaim: true })])
    await claimThese(storage, [row], { workerId: 'worker-2' })
    return row
  },
  'a claim after put-back and a claim by another': async (storage) => {
    const row = await startJob(storage)
    await storage.settleJobs([settlement(row, putBack)])
    await claimThese(storage, [row], { workerId: 'worker-2' })
    return row
  },
  'a claim after put-back and a claim by the same worker with the same attempts': async (storage) => {
    const row = await startJob(storage)
    await storage.settleJobs([settlement(row, { ...putBack, attempts: 0 })])
    await claimThese(storage, [row])
    return row
  },
  'a claim after another settled the job': async (storage) => {
    const row = await startJob(storage)
    await storage.settleJobs([settlement(row, putBack)])
    const [second] = await claimThese(storage, [row], { workerId: 'worker-2' })
    await storage.settleJobs([settlement(second ?? assert.fail())])
    return row
  },
  'a claim on a job never claimed': async (storage) => {
    const job = newJob()
    await storage.insertJobs([job])
    return { ...(await findJob(storage, job.id)), claimId: newId() }
  },
  'an empty claim on a job never claimed': async (storage) => {
    const job = newJob()
    await storage.insertJobs([job])
    return { ...(await findJob(storage, job.id)), claimId: '' }
  },
}

const late: Partial<Settlement>[] = [
  { status: 'completed', result: '"late"', releaseKey: true },
  { status: 'failed', errors: '["late"]', releaseKey: true },
  { status: 'cancelled' },
  { status: 'scheduled', runAt: 1 },
  { status: 'pending', attempts: 0 },
  { status: 'failed', forgetClaim: true },
]

export const settleFencingCases: ConformanceCase[] = [
  ...Object.entries(waysToLose).map(([way, lose], index): ConformanceCase => ({
    id: `settle-jobs/fenced-${index + 1}`,
    title: `answers lost to ${way} and changes nothing`,
    proves: ['settle.fenced', 'mark.fenced'],
    async run({ storage }) {
      const row = await lose(storage)
      const before = await findJob(storage, row.id)
      const followUps = [newJob({ queue: 'follow-up' })]
      for (const overrides of late) {
        assert.deepEqual(await storage.settleJobs([settlement(row, { ...overrides, followUps })]), ['lost'], JSON.stringify(overrides))
        assert.deepEqual(await findJob(storage, row.id), before, JSON.stringify(overrides))
      }
      assert.deepEqual(await storage.markJobs([{ id: row.id, claimId: row.claimId ?? '', startedAt: 1, progress: 'late' }]), [false])
      assert.deepEqual(await findJob(storage, row.id), before, 'after a late mark')
      assert.deepEqual(await findPresent(storage, followUps), [])
    },
  })),
  {
    id: 'settle-jobs/fenced-job-gone',
    title: 'answers lost for a job that does not exist',
    proves: ['settle.fenced', 'mark.fenced'],
    async run({ storage }) {
      const row = await startJob(storage)
      await storage.settleJobs([settlement(row)])
      await storage.deleteJobs([row.id])
      assert.deepEqual(await storage.settleJobs([settlement(row), settlement({ ...row, id: newId() })]), ['lost', 'lost'])
      assert.deepEqual(await storage.markJobs([{ id: row.id, claimId: row.claimId ?? '', progress: 'x' }]), [false])
      assert.deepEqual(await storage.findJobs({}, { limit: 10 }), [])
    },
  },
  {
    id: 'settle-jobs/repeat',
    title:
      'answers settled again to the claim that settled, whatever it says now, lost to a rescue that comes after it, and changes nothing',
    proves: ['settle.repeat', 'settle.forget-claim'],
    async run({ storage }) {
      for (const status of ['completed', 'failed', 'cancelled', 'scheduled', 'pending'] as const) {
        const row = await startJob(storage, { queue: status, uniqueKey: status })
        const first = settlement(row, { status, releaseKey: false })
        assert.deepEqual(await storage.settleJobs([first]), ['settled'])
        const before = await findJob(storage, row.id)
        for (const overrides of [{ ...first }, ...late]) {
          assert.deepEqual(
            await storage.settleJobs([settlement(row, overrides)]),
            [overrides.forgetClaim ? 'lost' : 'settled'],
            `${status}, then ${JSON.stringify(overrides)}`,
          )
          assert.deepEqual(await findJob(storage, row.id), before, `${status}, then ${JSON.stringify(overrides)}`)
        }
      }
    },
  },
  {
    id: 'settle-jobs/repeat-with-follow-ups',
    title: 'does not insert follow-ups twice, nor those of a repeated settlement that says something else',
    proves: ['settle.repeat', 'settle.follow-ups'],
    async run({ storage }) {
      const row = await startJob(storage)
      const [first, second] = [newJob({ queue: 'f' }), newJob({ queue: 'f' })]
      assert.deepEqual(await storage.settleJobs([settlement(row, { followUps: [first] })]), ['settled'])
      await storage.deleteJobs([first.id])
      assert.deepEqual(await storage.settleJobs([settlement(row, { followUps: [first] })]), ['settled'])
      assert.deepEqual(await storage.settleJobs([settlement(row, { followUps: [second] })]), ['settled'])
      assert.deepEqual(await findPresent(storage, [first, second]), [])
    },
  },
  {
    id: 'settle-jobs/repeat-after-promotion',
    title: 'answers settled again to the claim that put the job back, until another claims it',
    proves: ['settle.repeat', 'settle.fenced'],
    async run({ storage }) {
      const row = await startJob(storage)
      const back = settlement(row, { ...putBack, status: 'scheduled', runAt: 5 })
      await storage.settleJobs([back])
      await storage.promoteJobs({ now: 10, limit: 10 })
      const before = await findJob(storage, row.id)
      assert.equal(before.status, 'pending')
      assert.deepEqual(await storage.settleJobs([back]), ['settled'])
      assert.deepEqual(await findJob(storage, row.id), before)
      await storage.claimJobs(claimRequest())
      assert.deepEqual(await storage.settleJobs([back]), ['lost'])
    },
  },
  {
    id: 'settle-jobs/repeat-race',
    title: 'settles once when the same settlement is sent by several at once, and tells all of them settled',
    proves: ['settle.repeat', 'settle.follow-ups'],
    async run({ storage, open }) {
      const storages = await Promise.all(Array.from({ length: 4 }, () => open()))
      for (let round = 0; round < 5; round++) {
        const row = await startJob(storage)
        const followUp = newJob({ queue: 'f' })
        const answers = await Promise.all(
          storages.map((one, index) => one.settleJobs([settlement(row, { result: `${index}`, followUps: [followUp] })])),
        )
        assert.deepEqual(answers, [['settled'], ['settled'], ['settled'], ['settled']])
        assert.deepEqual(await findPresent(storage, [followUp]), [followUp.id])
      }
    },
  },
  {
    id: 'settle-jobs/owner-against-rescue',
    title: 'lets either the owner or the rescue settle, and tells the other',
    proves: ['settle.fenced', 'settle.forget-claim'],
    async run({ storage, open }) {
      const rescuer = await open()
      for (let round = 0; round < 20; round++) {
        const row = await startJob(storage, { queue: `q${round}` })
        const [[own], [rescue]] = await Promise.all([
          storage.settleJobs([settlement(row, { result: 'own' })]),
          rescuer.settleJobs([settlement(row, { ...putBack, result: 'rescue', forgetClaim: true })]),
        ])
        const after = await findJob(storage, row.id)
        if (after.result === 'own') {
          assert.deepEqual([own, rescue, after.status, after.claimId], ['settled', 'lost', 'completed', row.claimId])
        } else assert.deepEqual([own, rescue, after.status, after.claimId], ['lost', 'settled', 'pending', null])
      }
    },
  },
]
