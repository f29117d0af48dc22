import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { DbjobqError } from '@dbjobq/core/storage'
import type { ConformanceCase } from '../case.js'
import { findJob, newId, newJob, newJobs, settlement } from '../factories.js'
import { inEveryForm, RollBack } from '../in-every-form.js'
import { findPresent, startJob } from '../running-jobs.js'

/** Long enough for a call of another connection to meet the open transaction; the outcome does not depend on it. */
const meet = 60

export const txConflictsCases: ConformanceCase[] = [
  {
    id: 'tx/taken-key',
    title: 'leaves the transaction of the caller usable after a taken key, and commits the rest',
    proves: ['insert.tx-not-poisoned', 'update.key', 'settle.follow-ups'],
    needs: ['transactions'],
    run: (context) =>
      inEveryForm(context, async (run) => {
        const { storage } = context
        const holder = newJob({ uniqueKey: newId() })
        const { uniqueKey } = holder
        await storage.insertJobs([holder])
        const row = await startJob(storage, { queue: newId() })
        const [first, mixed, changed, last] = newJobs(4)
        assert.ok(first && mixed && changed && last)
        await storage.insertJobs([changed])
        await run(async (tx, query) => {
          await storage.insertJobs([first], { tx })
          assert.deepEqual(await storage.insertJobs([newJob({ uniqueKey }), mixed, newJob({ uniqueKey })], { tx }), [
            { inserted: false, id: holder.id },
            { inserted: true, id: mixed.id },
            { inserted: false, id: holder.id },
          ])
          await query('select 1')
          assert.deepEqual(await storage.updateJobs([{ id: changed.id, from: ['pending'], set: { uniqueKey } }], { tx }), ['keyTaken'])
          await query('select 1')
          assert.deepEqual(await storage.settleJobs([settlement(row, { followUps: [newJob({ uniqueKey })] })], { tx }), ['settled'])
          await query('select 1')
          await storage.insertJobs([last], { tx })
        })
        assert.deepEqual(await findPresent(storage, [first, mixed, last]), [first.id, mixed.id, last.id])
        assert.equal((await findJob(storage, changed.id)).uniqueKey, null)
        assert.equal((await findJob(storage, row.id)).status, 'completed')
        assert.equal((await storage.findJobs({ uniqueKey: uniqueKey ?? '' }, { limit: 5 })).length, 1)
      }),
  },
  {
    id: 'tx/key-race-lost-by-rollback',
    title: 'inserts a job whose key was held by a transaction that rolls back meanwhile, and never answers a holder of nothing',
    proves: ['insert.key-released', 'insert.key', 'tx.rollback'],
    needs: ['transactions'],
    run: (context) =>
      inEveryForm(context, async (run) => {
        const { storage } = context
        const [first, second] = newJobs(2, { uniqueKey: newId() })
        assert.ok(first && second)
        let other: Promise<unknown> = Promise.resolve()
        await run(async (tx) => {
          await storage.insertJobs([first], { tx })
          other = storage.insertJobs([second])
          other.catch(() => undefined)
          await sleep(meet)
          throw new RollBack('on purpose')
        }).catch((error: unknown) => {
          if (!(error instanceof RollBack)) throw error
        })
        assert.deepEqual(await other, [{ inserted: true, id: second.id }])
        assert.deepEqual(await findPresent(storage, [first, second]), [second.id])
      }),
  },
  {
    id: 'tx/key-race-won-by-commit',
    title: 'answers the holder whose transaction commits while another insert of its key is under way',
    proves: ['insert.key', 'tx.untouched'],
    needs: ['transactions'],
    run: (context) =>
      inEveryForm(context, async (run) => {
        const { storage } = context
        const [first, second] = newJobs(2, { uniqueKey: newId() })
        assert.ok(first && second)
        let other: Promise<unknown> = Promise.resolve()
        await run(async (tx) => {
          assert.deepEqual(await storage.insertJobs([first], { tx }), [{ inserted: true, id: first.id }])
          other = storage.insertJobs([second])
          other.catch(() => undefined)
          await sleep(meet)
        })
        assert.deepEqual(await other, [{ inserted: false, id: first.id }])
        assert.deepEqual(await findPresent(storage, [first, second]), [first.id])
      }),
  },
  {
    id: 'tx/key-taken-after-begin',
    title: 'answers the holder that came after the transaction began, or lets the conflict through as the driver tells it',
    proves: ['insert.tx-not-poisoned', 'tx.untouched'],
    needs: ['transactions'],
    run: (context) =>
      inEveryForm(context, async (run) => {
        const { storage } = context
        const holder = newJob({ uniqueKey: newId() })
        const [late, beside] = [newJob({ uniqueKey: holder.uniqueKey }), newJob()]
        let conflict: unknown
        const whole = run(async (tx, query) => {
          await query('select 1')
          await storage.insertJobs([holder])
          let answers
          try {
            answers = await storage.insertJobs([late, beside], { tx })
          } catch (error) {
            conflict = error
            throw error
          }
          assert.deepEqual(answers, [
            { inserted: false, id: holder.id },
            { inserted: true, id: beside.id },
          ])
        })
        await whole.catch((error: unknown) => {
          if (conflict === undefined) throw error
        })
        assert.ok(!DbjobqError.isInstance(conflict), `the driver's error was wrapped: ${String(conflict)}`)
        const expected = [holder.id, ...(conflict === undefined ? [beside.id] : [])]
        assert.deepEqual(await findPresent(storage, [holder, late, beside]), expected.toSorted())
      }),
  },
  {
    id: 'tx/driver-errors',
    title: 'lets a deadlock of two transactions through as the driver tells it, and retries nothing',
    proves: ['tx.untouched'],
    needs: ['transactions'],
    run: (context) =>
      inEveryForm(context, async (run) => {
        const { storage } = context
        const jobs = newJobs(2)
        await storage.insertJobs(jobs)
        const errors: unknown[] = []
        let arrived = 0
        const update = async (tx: unknown, job: (typeof jobs)[number] | undefined, data: string) => {
          try {
            await storage.updateJobs([{ id: job?.id ?? '', from: ['pending'], set: { data } }], { tx })
          } catch (error) {
            errors.push(error)
            throw error
          } finally {
            arrived++
          }
        }
        const both = [
          [jobs[0], jobs[1]],
          [jobs[1], jobs[0]],
        ].map(([first, second], index) =>
          run(async (tx) => {
            await update(tx, first, `${index}`)
            // Until the other has its first row too; a store that runs one transaction at a time never gets there.
            for (let waited = 0; arrived < 2 && waited < 300; waited += 10) await sleep(10)
            await update(tx, second, `${index}`)
          }),
        )
        const outcomes = await Promise.allSettled(both)
        const committed = outcomes.flatMap((outcome, index) => (outcome.status === 'fulfilled' ? [`${index}`] : []))
        assert.notEqual(committed.length, 0, 'neither of two transactions came through')
        for (const error of errors) assert.ok(!DbjobqError.isInstance(error), `the driver's error was wrapped: ${String(error)}`)
        const rows = await storage.findJobs({ ids: jobs.map((job) => job.id) }, { limit: 2 })
        assert.ok(
          committed.includes(rows[0]?.data ?? '') && rows[0]?.data === rows[1]?.data,
          'both rows are of one transaction that committed',
        )
      }),
  },
]
