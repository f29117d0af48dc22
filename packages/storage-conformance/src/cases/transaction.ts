import assert from 'node:assert/strict'
import type { AnyStorage, ConformanceCase } from '../case.js'
import { rejectionOf } from '../expect-error.js'
import { findJob, newJob, settlement } from '../factories.js'
import { membersWithTx } from '../member-calls.js'
import { findPresent, startJob } from '../running-jobs.js'

const transactionOf = (storage: AnyStorage) =>
  storage.transaction?.bind(storage) ?? assert.fail('a storage with transactions has `transaction`')

export const transactionCases: ConformanceCase[] = [
  {
    id: 'transaction/commit',
    title: 'commits a transaction of its own when the work resolves, and answers what it answered',
    proves: ['tx.rollback'],
    needs: ['transactions'],
    async run({ storage }) {
      const transaction = transactionOf(storage)
      for (const [member, prepare] of Object.entries(membersWithTx)) {
        const write = await prepare(storage)
        const answer = await transaction(async (tx: unknown) => {
          await write.call(tx)
          assert.equal(await write.happened(), false, `${member} was seen before the commit`)
          return { of: member }
        })
        assert.deepEqual(answer, { of: member })
        assert.equal(await write.happened(), true, member)
      }
    },
  },
  {
    id: 'transaction/rollback',
    title: 'rolls a transaction of its own back when the work rejects, and rejects with the same error',
    proves: ['tx.rollback'],
    needs: ['transactions'],
    async run({ storage }) {
      const transaction = transactionOf(storage)
      for (const [member, prepare] of Object.entries(membersWithTx)) {
        const write = await prepare(storage)
        const error = new Error(member)
        const call = transaction(async (tx: unknown) => {
          await write.call(tx)
          throw error
        })
        assert.equal(await rejectionOf(call, member), error)
        assert.equal(await write.happened(), false, member)
      }
    },
  },
  {
    id: 'transaction/one-unit',
    title: 'commits a settlement and new jobs of one transaction together',
    proves: ['tx.rollback', 'insert.tx-not-poisoned'],
    needs: ['transactions'],
    async run({ storage }) {
      const row = await startJob(storage, { uniqueKey: 'k' })
      const next = newJob({ uniqueKey: 'k' })
      await transactionOf(storage)(async (tx: unknown) => {
        assert.deepEqual(await storage.insertJobs([newJob({ uniqueKey: 'k' })], { tx }), [{ inserted: false, id: row.id }])
        assert.deepEqual(await storage.settleJobs([settlement(row)], { tx }), ['settled'])
        assert.deepEqual(await storage.insertJobs([next], { tx }), [{ inserted: true, id: next.id }])
      })
      assert.equal((await findJob(storage, row.id)).status, 'completed')
      assert.deepEqual(await findPresent(storage, [next]), [next.id])
    },
  },
  {
    id: 'transaction/frees-its-connection',
    title: 'frees the connection of each transaction, also of those rolled back',
    proves: ['tx.rollback'],
    needs: ['transactions'],
    async run({ storage }) {
      const transaction = transactionOf(storage)
      for (let round = 0; round < 40; round++) {
        const call = transaction(async (tx: unknown) => {
          await storage.deleteJobs([newJob().id], { tx })
          if (round % 2) throw new Error('on purpose')
        })
        if (round % 2) await rejectionOf(call, 'a failing transaction')
        else await call
      }
      assert.deepEqual(await storage.findJobs({}, { limit: 1 }), [])
    },
  },
]
