import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import { findJob, newId, newJob, settlement } from '../factories.js'
import { oddTexts } from '../odd-texts.js'
import { findAll, startJob, startSome } from '../running-jobs.js'

export const markJobsCases: ConformanceCase[] = [
  {
    id: 'mark-jobs/fields',
    title: 'writes only what a mark gives',
    proves: ['mark.fields'],
    async run({ storage }) {
      const row = await startJob(storage, { uniqueKey: 'k', groupKey: 'g' })
      const claim = { id: row.id, claimId: row.claimId ?? '' }
      let expected = row
      for (const set of [{ startedAt: 5 }, { progress: 'a' }, { startedAt: 0 }, { startedAt: 7, progress: '' }, { progress: 'b' }]) {
        expected = { ...expected, ...set }
        assert.deepEqual(await storage.markJobs([{ ...claim, ...set }]), [true])
        assert.deepEqual(await findJob(storage, row.id), expected, JSON.stringify(set))
      }
    },
  },
  {
    id: 'mark-jobs/repeat',
    title: 'takes the same mark twice',
    proves: ['mark.fields'],
    async run({ storage }) {
      const row = await startJob(storage)
      const mark = { id: row.id, claimId: row.claimId ?? '', startedAt: 5, progress: 'a' }
      assert.deepEqual(await storage.markJobs([mark]), [true])
      assert.deepEqual(await storage.markJobs([mark]), [true])
    },
  },
  {
    id: 'mark-jobs/order-of-answers',
    title: 'answers in the order given, each mark for itself',
    proves: ['mark.fenced', 'mark.fields'],
    async run({ storage }) {
      const rows = await startSome(storage, 5)
      await storage.settleJobs([settlement(rows[3] ?? assert.fail())])
      const marks = [4, 3, 0, 2, 1].map((index) => {
        const row = rows[index] ?? assert.fail()
        const claimId = index === 2 ? newId() : (row.claimId ?? '')
        return index % 2 ? { id: row.id, claimId, startedAt: index } : { id: row.id, claimId, progress: `${index}` }
      })
      assert.deepEqual(await storage.markJobs([...marks, { id: newId(), claimId: newId(), progress: 'x' }]), [
        true,
        false,
        true,
        false,
        true,
        false,
      ])
      const found = await findAll(storage, rows)
      assert.deepEqual(
        found.map((row) => [row.startedAt, row.progress]),
        [
          [null, '0'],
          [1, null],
          [null, null],
          [1_700_000_001_000, null],
          [null, '4'],
        ],
      )
    },
  },
  {
    id: 'mark-jobs/not-running',
    title: 'refuses marks of a job that is settled or put back',
    proves: ['mark.fenced'],
    async run({ storage }) {
      for (const status of ['completed', 'failed', 'cancelled', 'scheduled', 'pending'] as const) {
        const row = await startJob(storage, { queue: status })
        await storage.settleJobs([settlement(row, { status })])
        const before = await findJob(storage, row.id)
        assert.deepEqual(await storage.markJobs([{ id: row.id, claimId: row.claimId ?? '', startedAt: 9, progress: 'late' }]), [false])
        assert.deepEqual(await findJob(storage, row.id), before, status)
      }
    },
  },
  {
    id: 'mark-jobs/none',
    title: 'answers nothing to no marks',
    proves: ['mark.fields'],
    async run({ storage }) {
      assert.deepEqual(await storage.markJobs([]), [])
    },
  },
  {
    id: 'mark-jobs/odd-texts',
    title: 'brings every progress text back the same',
    proves: ['mark.fields'],
    async run({ storage }) {
      const texts = Object.entries(oddTexts)
      const rows = await startSome(storage, texts.length)
      await storage.markJobs(rows.map((row, index) => ({ id: row.id, claimId: row.claimId ?? '', progress: texts[index]?.[1] ?? '' })))
      const found = await findAll(storage, rows)
      for (const [index, [what, text]] of texts.entries()) assert.equal(found[index]?.progress, text, what)
    },
  },
  {
    id: 'mark-jobs/thousand',
    title: 'takes 1,000 marks in one call',
    proves: ['mark.fields'],
    async run({ storage }) {
      const rows = await startSome(storage, 1_000)
      const marks = rows.map((row, index) => ({ id: row.id, claimId: row.claimId ?? '', startedAt: index, progress: `${index}` }))
      const answers = await storage.markJobs(marks)
      assert.equal(answers.filter(Boolean).length, 1_000)
      const found = await storage.findJobs({}, { limit: 1_000 })
      assert.ok(found.every((row, index) => row.startedAt === index && row.progress === `${index}`))
    },
  },
  {
    id: 'mark-jobs/while-a-cancel-is-asked',
    title: 'takes marks while a cancel is asked and leaves the request alone',
    proves: ['mark.fields'],
    async run({ storage }) {
      const row = await startJob(storage)
      await storage.updateJobs([{ id: row.id, from: ['running'], set: { cancelRequestedAt: 3 } }])
      await storage.insertJobs([newJob()])
      assert.deepEqual(await storage.markJobs([{ id: row.id, claimId: row.claimId ?? '', progress: 'x' }]), [true])
      assert.equal((await findJob(storage, row.id)).cancelRequestedAt, 3)
    },
  },
]
