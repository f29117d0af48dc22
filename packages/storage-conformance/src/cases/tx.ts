import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import { expectStorageError } from '../expect-error.js'
import { findJob, newId, newJob, newJobs, settlement } from '../factories.js'
import { inEveryForm, rolledBack } from '../in-every-form.js'
import { membersWithTx } from '../member-calls.js'
import { findPresent, startJob } from '../running-jobs.js'

const nonsense: unknown[] = [1, 0, '', 'tx', null, true, {}, [], () => undefined, Promise.resolve(), { query: () => undefined }]

export const txCases: ConformanceCase[] = [
  {
    id: 'tx/commit',
    title: 'writes in the transaction of the caller: seen by none before it commits, by all after',
    proves: ['tx.untouched', 'tx.rollback'],
    needs: ['transactions'],
    run: (context) =>
      inEveryForm(context, async (run) => {
        for (const [member, prepare] of Object.entries(membersWithTx)) {
          const write = await prepare(context.storage)
          await run(async (tx, query) => {
            await write.call(tx)
            assert.equal(await write.happened(), false, `${member} was seen before the commit`)
            await query('select 1')
          })
          assert.equal(await write.happened(), true, `${member} was not seen after the commit`)
        }
      }),
  },
  {
    id: 'tx/rollback',
    title: 'leaves nothing of a transaction that is rolled back, and can write the same again',
    proves: ['tx.rollback'],
    needs: ['transactions'],
    run: (context) =>
      inEveryForm(context, async (run) => {
        for (const [member, prepare] of Object.entries(membersWithTx)) {
          const write = await prepare(context.storage)
          await rolledBack(run, (tx) => write.call(tx))
          assert.equal(await write.happened(), false, `${member} survived the rollback`)
          await run((tx) => write.call(tx))
          assert.equal(await write.happened(), true, `${member} after the rollback`)
        }
      }),
  },
  {
    id: 'tx/rollback-frees-the-key',
    title: 'holds no key for a job that was rolled back',
    proves: ['tx.rollback', 'insert.key'],
    needs: ['transactions'],
    run: (context) =>
      inEveryForm(context, async (run) => {
        const uniqueKey = newId()
        await rolledBack(run, (tx) => context.storage.insertJobs([newJob({ uniqueKey })], { tx }))
        const next = newJob({ uniqueKey })
        assert.deepEqual(await context.storage.insertJobs([next]), [{ inserted: true, id: next.id }])
      }),
  },
  {
    id: 'tx/savepoint',
    title: 'leaves nothing of what was rolled back to a savepoint, and keeps the rest of the transaction',
    proves: ['tx.rollback', 'insert.tx-not-poisoned'],
    needs: ['transactions', 'savepoints'],
    run: (context) =>
      inEveryForm(context, async (run) => {
        const { storage } = context
        const uniqueKey = newId()
        const [before, undone, after] = [newJob(), newJob({ uniqueKey }), newJob({ uniqueKey })]
        await run(async (tx, query) => {
          await storage.insertJobs([before], { tx })
          await query('savepoint s')
          assert.deepEqual(await storage.insertJobs([undone], { tx }), [{ inserted: true, id: undone.id }])
          await query('rollback to savepoint s')
          assert.deepEqual(await storage.insertJobs([after], { tx }), [{ inserted: true, id: after.id }])
        })
        assert.deepEqual(await findPresent(storage, [before, undone, after]), [before.id, after.id].toSorted())
      }),
  },
  {
    id: 'tx/several-calls',
    title: 'sees in a transaction what that transaction wrote, and commits all of it as one',
    proves: ['tx.untouched', 'insert.key', 'insert.repeat', 'update.guard', 'delete.not-running'],
    needs: ['transactions'],
    run: (context) =>
      inEveryForm(context, async (run) => {
        const { storage } = context
        const uniqueKey = newId()
        const row = await startJob(storage, { queue: newId(), uniqueKey })
        const [heir, late, gone] = [newJob({ uniqueKey }), newJob({ uniqueKey }), newJob()]
        await run(async (tx) => {
          assert.deepEqual(await storage.insertJobs([heir], { tx }), [{ inserted: false, id: row.id }])
          assert.deepEqual(await storage.settleJobs([settlement(row)], { tx }), ['settled'])
          assert.deepEqual(await storage.insertJobs([heir, gone], { tx }), [
            { inserted: true, id: heir.id },
            { inserted: true, id: gone.id },
          ])
          assert.deepEqual(await storage.insertJobs([late, heir], { tx }), [
            { inserted: false, id: heir.id },
            { inserted: true, id: heir.id },
          ])
          assert.deepEqual(await storage.updateJobs([{ id: heir.id, from: ['pending'], set: { priority: 9 } }], { tx }), ['updated'])
          assert.deepEqual(await storage.deleteJobs([gone.id], { tx }), [gone.id])
          assert.deepEqual(await storage.settleJobs([settlement(row)], { tx }), ['settled'])
        })
        assert.deepEqual(await findPresent(storage, [row, heir, late, gone]), [row.id, heir.id].toSorted())
        assert.equal((await findJob(storage, heir.id)).priority, 9)
      }),
  },
  {
    id: 'tx/settled-as-one',
    title: 'settles a batch with all its follow-ups in the transaction, or nothing of it',
    proves: ['settle.batch', 'settle.follow-ups', 'tx.rollback'],
    needs: ['transactions'],
    run: (context) =>
      inEveryForm(context, async (run) => {
        const { storage } = context
        const rows = [await startJob(storage, { queue: newId() }), await startJob(storage, { queue: newId() })]
        const lost = { ...(await startJob(storage, { queue: newId() })), claimId: newId() }
        const followUps = newJobs(4)
        const batch = [...rows, lost].map((row, index) => settlement(row, { followUps: followUps.slice(index * 2, index * 2 + 2) }))
        const settle = async (tx: unknown) => assert.deepEqual(await storage.settleJobs(batch, { tx }), ['settled', 'settled', 'lost'])
        await rolledBack(run, settle)
        assert.deepEqual(await findPresent(storage, followUps), [])
        for (const row of rows) assert.deepEqual(await findJob(storage, row.id), row)
        await run(settle)
        assert.deepEqual(
          await findPresent(storage, followUps),
          followUps.map((job) => job.id),
        )
      }),
  },
  {
    id: 'tx/thousand',
    title: 'takes 1,000 jobs in a transaction',
    proves: ['tx.rollback', 'insert.all-or-nothing'],
    needs: ['transactions'],
    run: (context) =>
      inEveryForm(context, async (run) => {
        const jobs = newJobs(1_000, (index) => ({ uniqueKey: index % 2 ? newId() : null }))
        const answers = await run((tx) => context.storage.insertJobs(jobs, { tx }))
        assert.ok(answers.every((answer, index) => answer.inserted && answer.id === jobs[index]?.id))
      }),
  },
  {
    id: 'tx/nonsense',
    title: 'refuses what is no transaction at all with INVALID_TX, and writes nothing',
    proves: ['tx.invalid', 'errors.typed'],
    needs: ['transactions'],
    async run({ storage }) {
      for (const [member, prepare] of Object.entries(membersWithTx)) {
        const write = await prepare(storage)
        for (const tx of nonsense) await expectStorageError(write.call(tx), 'INVALID_TX', `${member} with tx ${String(tx)}`)
        assert.equal(await write.happened(), false, member)
      }
    },
  },
  {
    id: 'tx/closed',
    title: 'refuses a transaction that was committed or rolled back with INVALID_TX, and writes nothing',
    proves: ['tx.invalid', 'errors.typed'],
    needs: ['transactions'],
    run: (context) =>
      inEveryForm(context, async (run) => {
        let rolled: unknown
        await rolledBack(run, (tx) => Promise.resolve((rolled = tx)))
        const committed = await run((tx) => Promise.resolve(tx))
        for (const [member, prepare] of Object.entries(membersWithTx)) {
          const write = await prepare(context.storage)
          await expectStorageError(write.call(committed), 'INVALID_TX', `${member} after the commit`)
          await expectStorageError(write.call(rolled), 'INVALID_TX', `${member} after the rollback`)
          assert.equal(await write.happened(), false, member)
        }
      }),
  },
  {
    id: 'tx/unsupported',
    title: 'refuses every transaction with UNSUPPORTED when it has none, and writes nothing',
    proves: ['tx.invalid', 'errors.typed'],
    needs: ['no-transactions'],
    async run({ storage }) {
      for (const [member, prepare] of Object.entries(membersWithTx)) {
        const write = await prepare(storage)
        for (const tx of nonsense) await expectStorageError(write.call(tx), 'UNSUPPORTED', `${member} with tx ${String(tx)}`)
        assert.equal(await write.happened(), false, member)
      }
    },
  },
]
