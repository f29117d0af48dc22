import assert from 'node:assert/strict'
import type { AnyStorage, ConformanceCase, Subject } from '../case.js'
import { checkStorageError } from '../expect-error.js'
import { findJob, newJob, newJobs, settlement } from '../factories.js'
import { RollBack } from '../in-every-form.js'
import { oddTexts } from '../odd-texts.js'
import { findAll, findPresent, startJob, startSome } from '../running-jobs.js'

const syncOf = (storage: AnyStorage) => storage.sync ?? assert.fail()
const runOf = (subject: Subject) => subject.syncTransaction ?? assert.fail('a storage with `sync` is tested with Subject.syncTransaction')

function thrownBy(call: () => unknown, what: string): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  assert.fail(`${what} should have thrown`)
}

export const syncCases: ConformanceCase[] = [
  {
    id: 'sync/insert',
    title: 'inserts within a synchronous transaction with the same answers and the same rows',
    proves: ['sync.same', 'insert.order', 'insert.key', 'insert.repeat', 'insert.faithful'],
    needs: ['sync'],
    async run({ storage, subject }) {
      const holder = newJob({ uniqueKey: 'held' })
      await storage.insertJobs([holder])
      const jobs = [
        newJob({ uniqueKey: 'held' }),
        holder,
        newJob({ uniqueKey: 'free', groupKey: 'g', status: 'scheduled', keyUntil: 'claim' }),
        newJob({ uniqueKey: 'free' }),
        ...Object.values(oddTexts).map((text) => newJob({ data: text, options: text })),
      ]
      const answers = await runOf(subject)((tx) => {
        const first = syncOf(storage).insertJobs(jobs, { tx })
        assert.deepEqual(syncOf(storage).insertJobs([], { tx }), [])
        return first
      })
      assert.deepEqual(
        answers,
        jobs.map((job, index) => ({
          inserted: index !== 0 && index !== 3,
          id: index === 0 ? holder.id : index === 3 ? jobs[2]?.id : job.id,
        })),
      )
      const inserted = jobs.filter((_, index) => index !== 0 && index !== 3)
      const rows = await findAll(storage, inserted)
      for (const [index, job] of inserted.entries()) assert.deepEqual({ ...rows[index], ...job }, rows[index])
    },
  },
  {
    id: 'sync/settle',
    title: 'settles within a synchronous transaction with the same answers, follow-ups included',
    proves: ['sync.same', 'settle.fields', 'settle.follow-ups', 'settle.cancel', 'settle.fenced', 'settle.repeat'],
    needs: ['sync'],
    async run({ storage, subject }) {
      const rows = await startSome(storage, 3)
      const [own, cancelled, lost] = rows
      assert.ok(own && cancelled && lost)
      await storage.updateJobs([{ id: cancelled.id, from: ['running'], set: { cancelRequestedAt: 1 } }])
      await storage.settleJobs([settlement(lost, { forgetClaim: true })])
      const followUps = newJobs(3)
      const batch = rows.map((row, index) => settlement(row, { status: 'pending', followUps: followUps.slice(index, index + 1) }))
      const answers = await runOf(subject)((tx) => [syncOf(storage).settleJobs(batch, { tx }), syncOf(storage).settleJobs(batch, { tx })])
      assert.deepEqual(answers, [
        ['settled', 'cancelRequested', 'lost'],
        ['settled', 'cancelRequested', 'lost'],
      ])
      assert.deepEqual(await findPresent(storage, followUps), [followUps[0]?.id])
      assert.equal((await findJob(storage, own.id)).status, 'pending')
    },
  },
  {
    id: 'sync/rollback',
    title: 'leaves nothing of a synchronous transaction that throws',
    proves: ['sync.same', 'tx.rollback'],
    needs: ['sync'],
    async run({ storage, subject }) {
      const row = await startJob(storage)
      const job = newJob({ uniqueKey: 'k' })
      const work = runOf(subject)((tx) => {
        syncOf(storage).insertJobs([job], { tx })
        syncOf(storage).settleJobs([settlement(row, { followUps: [newJob()] })], { tx })
        throw new RollBack('on purpose')
      })
      await work.catch((error: unknown) => {
        if (!(error instanceof RollBack)) throw error
      })
      assert.deepEqual(await storage.findJobs({}, { limit: 10 }), [row])
      const next = newJob({ uniqueKey: 'k' })
      assert.deepEqual(await storage.insertJobs([next]), [{ inserted: true, id: next.id }])
    },
  },
  {
    id: 'sync/invalid',
    title: 'throws INVALID_TX for what is no open transaction, and writes nothing',
    proves: ['sync.same', 'tx.invalid'],
    needs: ['sync'],
    async run({ storage, subject }) {
      const row = await startJob(storage)
      const closed = await runOf(subject)((tx) => tx)
      const sync = syncOf(storage)
      for (const tx of [closed, 1, null, 'tx', {}]) {
        const what = `with tx ${String(tx)}`
        checkStorageError(
          thrownBy(() => sync.insertJobs([newJob()], { tx }), what),
          ['INVALID_TX'],
          `sync.insertJobs ${what}`,
        )
        checkStorageError(
          thrownBy(() => sync.settleJobs([settlement(row)], { tx }), what),
          ['INVALID_TX'],
          `sync.settleJobs ${what}`,
        )
      }
      assert.deepEqual(await storage.findJobs({}, { limit: 10 }), [row])
    },
  },
]
