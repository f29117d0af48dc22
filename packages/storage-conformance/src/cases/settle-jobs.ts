import assert from 'node:assert/strict'
import type { JobRow, Settlement } from '@dbjobq/core/storage'
import type { ConformanceCase } from '../case.js'
import { findJob, newJob, newJobs, settlement } from '../factories.js'
import { oddTexts } from '../odd-texts.js'
import { findAll, startJob, startJobs, startSome } from '../running-jobs.js'

const statuses = ['scheduled', 'pending', 'completed', 'failed', 'cancelled'] as const

/** The row as it must be after a settlement: exactly its values, the rest as before. */
function settled(row: JobRow, { releaseKey, forgetClaim, followUps: _, ...values }: Settlement): JobRow {
  return { ...row, ...values, ...(releaseKey ? { uniqueKey: null } : {}), ...(forgetClaim ? { claimId: null, workerId: null } : {}) }
}

export const settleJobsCases: ConformanceCase[] = [
  {
    id: 'settle-jobs/fields',
    title: 'writes exactly the values given, to every status, and keeps the rest',
    proves: ['settle.fields'],
    async run({ storage }) {
      for (const [index, status] of statuses.entries()) {
        const row = await startJob(storage, { uniqueKey: status, groupKey: 'g', queue: status })
        await storage.markJobs([{ id: row.id, claimId: row.claimId ?? '', startedAt: 77, progress: 'half' }])
        const before = await findJob(storage, row.id)
        const given = settlement(row, {
          status,
          runAt: 4_000_000_000_000 + index,
          attempts: index * 3,
          startedAt: index % 2 ? null : 11,
          finishedAt: index % 2 ? 12 : null,
          deleteAt: index % 2 ? null : 13,
          result: index % 2 ? 'result' : null,
          errors: index % 2 ? null : '["error"]',
          releaseKey: false,
        })
        assert.deepEqual(await storage.settleJobs([given]), ['settled'])
        assert.deepEqual(await findJob(storage, row.id), settled(before, given), status)
      }
    },
  },
  {
    id: 'settle-jobs/keeps-the-claim',
    title: 'keeps claim and worker of a settled job',
    proves: ['settle.fields'],
    async run({ storage }) {
      const row = await startJob(storage, {}, { workerId: 'worker-9' })
      await storage.settleJobs([settlement(row)])
      const { claimId, workerId } = await findJob(storage, row.id)
      assert.deepEqual([claimId, workerId], [row.claimId, 'worker-9'])
    },
  },
  {
    id: 'settle-jobs/order-of-answers',
    title: 'answers in the order given, whatever the order of ids and claims',
    proves: ['settle.batch', 'settle.fields'],
    async run({ storage }) {
      const rows = [...(await startSome(storage, 5)), ...(await startSome(storage, 5, { queue: 'other' }))]
      const [asked, gone] = [rows[2] ?? assert.fail(), rows[7] ?? assert.fail()]
      await storage.updateJobs([{ id: asked.id, from: ['running'], set: { cancelRequestedAt: 1 } }])
      await storage.settleJobs([settlement(gone, { forgetClaim: true, status: 'failed' })])
      const shuffled = [7, 0, 9, 2, 5, 1, 8, 3, 6, 4].map((index) => rows[index] ?? assert.fail())
      const answers = await storage.settleJobs(shuffled.map((row) => settlement(row, { status: 'pending', result: row.id })))
      assert.deepEqual(
        answers,
        shuffled.map((row) => (row === asked ? 'cancelRequested' : row === gone ? 'lost' : 'settled')),
      )
      for (const row of await findAll(storage, rows)) {
        const expected = row.id === asked.id ? ['running', null] : row.id === gone.id ? ['failed', '{"ok":true}'] : ['pending', row.id]
        assert.deepEqual([row.status, row.result], expected)
      }
    },
  },
  {
    id: 'settle-jobs/each-its-own-values',
    title: 'gives each job of a batch its own values',
    proves: ['settle.batch', 'settle.fields'],
    async run({ storage }) {
      const rows = await startJobs(
        storage,
        newJobs(15, (index) => ({ uniqueKey: `k${index}` })),
      )
      const batch = rows.map((row, index) =>
        settlement(row, {
          status: statuses[index % statuses.length] ?? 'failed',
          runAt: index,
          attempts: index,
          startedAt: index % 3 ? index : null,
          finishedAt: index % 4 ? index : null,
          deleteAt: index % 2 ? index : null,
          result: index % 3 ? null : `r${index}`,
          errors: index % 2 ? `e${index}` : null,
          releaseKey: index % 2 === 0,
          forgetClaim: index % 5 === 0,
        }),
      )
      assert.deepEqual(new Set(await storage.settleJobs(batch)), new Set(['settled']))
      assert.deepEqual(
        await findAll(storage, rows),
        rows.map((row, index) => settled(row, batch[index] ?? assert.fail())),
      )
    },
  },
  {
    id: 'settle-jobs/none',
    title: 'answers nothing to no settlements',
    proves: ['settle.batch'],
    async run({ storage }) {
      assert.deepEqual(await storage.settleJobs([]), [])
    },
  },
  {
    id: 'settle-jobs/batch-with-lost',
    title: 'settles the others when some of a batch are lost',
    proves: ['settle.batch', 'settle.fenced'],
    async run({ storage }) {
      const rows = await startSome(storage, 6)
      await storage.settleJobs(rows.slice(0, 3).map((row) => settlement(row, { status: 'failed', forgetClaim: true })))
      const absent = settlement({ ...(rows[0] ?? assert.fail()), id: newJob().id })
      const answers = await storage.settleJobs([...rows.map((row) => settlement(row)), absent])
      assert.deepEqual(answers, ['lost', 'lost', 'lost', 'settled', 'settled', 'settled', 'lost'])
      assert.deepEqual(
        (await findAll(storage, rows)).map((row) => row.status),
        ['failed', 'failed', 'failed', 'completed', 'completed', 'completed'],
      )
    },
  },
  {
    id: 'settle-jobs/thousand',
    title: 'takes 1,000 settlements in one call',
    proves: ['settle.batch'],
    async run({ storage }) {
      const rows = await startSome(storage, 1_000)
      const answers = await storage.settleJobs(rows.map((row) => settlement(row, { result: row.id })))
      assert.equal(answers.filter((answer) => answer === 'settled').length, 1_000)
      const found = await storage.findJobs({ status: ['completed'] }, { limit: 1_000 })
      assert.equal(found.filter((row) => row.result === row.id).length, 1_000)
    },
  },
  {
    id: 'settle-jobs/odd-texts',
    title: 'brings every result and every error text back the same',
    proves: ['settle.fields'],
    async run({ storage }) {
      const names = Object.keys(oddTexts)
      const rows = await startSome(storage, names.length)
      const texts = names.map((name) => ({ result: oddTexts[name] ?? '', errors: `${oddTexts[name] ?? ''}!` }))
      await storage.settleJobs(rows.map((row, index) => settlement(row, texts[index])))
      const found = await findAll(storage, rows)
      for (const [index, name] of names.entries()) {
        assert.equal(found[index]?.result, texts[index]?.result, name)
        assert.equal(found[index]?.errors, texts[index]?.errors, name)
      }
    },
  },
  {
    id: 'settle-jobs/mebibyte',
    title: 'takes a result of 1 MiB, and four in one call',
    proves: ['settle.fields'],
    async run({ storage }) {
      const rows = await startSome(storage, 4)
      const results = ['x', '\\', "'", 'é'].map((character) => character.repeat((1024 * 1024 - 1_000) / Buffer.byteLength(character)))
      assert.deepEqual(
        await storage.settleJobs(rows.map((row, index) => settlement(row, { result: results[index] ?? null }))),
        rows.map(() => 'settled'),
      )
      const found = await findAll(storage, rows)
      for (const [index, result] of results.entries()) assert.ok(found[index]?.result === result, `result ${index} came back changed`)
    },
  },
  {
    id: 'settle-jobs/release-key',
    title: 'lets a key go with releaseKey and keeps it without',
    proves: ['settle.release-key'],
    async run({ storage }) {
      const [released, kept] = await startJobs(storage, [newJob({ uniqueKey: 'released' }), newJob({ uniqueKey: 'kept' })])
      assert.ok(released && kept)
      await storage.settleJobs([settlement(released, { releaseKey: true }), settlement(kept, { releaseKey: false })])
      assert.equal((await findJob(storage, released.id)).uniqueKey, null)
      assert.equal((await findJob(storage, kept.id)).uniqueKey, 'kept')
      const next = newJob({ uniqueKey: 'released' })
      assert.deepEqual(await storage.insertJobs([next, newJob({ uniqueKey: 'kept' })]), [
        { inserted: true, id: next.id },
        { inserted: false, id: kept.id },
      ])
    },
  },
  {
    id: 'settle-jobs/forget-claim',
    title: 'forgets claim and worker with forgetClaim, so that the late owner is told lost',
    proves: ['settle.forget-claim', 'settle.fenced'],
    async run({ storage }) {
      for (const status of statuses) {
        const row = await startJob(storage, { queue: status })
        await storage.settleJobs([settlement(row, { status, forgetClaim: true })])
        const after = await findJob(storage, row.id)
        assert.deepEqual([after.claimId, after.workerId], [null, null])
        assert.deepEqual(await storage.settleJobs([settlement(row)]), ['lost'])
        assert.deepEqual(await findJob(storage, row.id), after)
      }
    },
  },
]
