import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import { findJob, newJob, newJobs, settlement } from '../factories.js'
import { oddKeys } from '../odd-texts.js'
import { claimThese, startJob } from '../running-jobs.js'

export const insertKeysCases: ConformanceCase[] = [
  {
    id: 'insert-jobs/taken-key',
    title: 'answers the holder of a taken key and inserts nothing',
    proves: ['insert.key'],
    async run({ storage }) {
      const holder = newJob({ uniqueKey: 'k' })
      await storage.insertJobs([holder])
      const late = newJob({ uniqueKey: 'k', queue: 'other', type: 'other', data: 'other' })
      assert.deepEqual(await storage.insertJobs([late]), [{ inserted: false, id: holder.id }])
      assert.deepEqual(await storage.findJobs({ ids: [late.id] }, { limit: 1 }), [])
      assert.equal((await findJob(storage, holder.id)).data, holder.data)
    },
  },
  {
    id: 'insert-jobs/key-in-one-call',
    title: 'gives a key to the first of one call and tells the others its id',
    proves: ['insert.key'],
    async run({ storage }) {
      const jobs = newJobs(6, (index) => ({ uniqueKey: ['a', 'b', null, 'a', 'a', 'b'][index] ?? null })).toReversed()
      const [b1, a1, a2, none, b2, a3] = jobs.map((job) => job.id)
      assert.deepEqual(await storage.insertJobs(jobs), [
        { inserted: true, id: b1 },
        { inserted: true, id: a1 },
        { inserted: false, id: a1 },
        { inserted: true, id: none },
        { inserted: false, id: b1 },
        { inserted: false, id: a1 },
      ])
      for (const id of [a2, b2, a3]) assert.deepEqual(await storage.findJobs({ ids: [id ?? ''] }, { limit: 1 }), [])
    },
  },
  {
    id: 'insert-jobs/key-whatever-status',
    title: 'holds a key as long as its job has it, in every status',
    proves: ['insert.key'],
    async run({ storage }) {
      const scheduled = newJob({ uniqueKey: 'scheduled', status: 'scheduled' })
      await storage.insertJobs([scheduled])
      const running = await startJob(storage, { uniqueKey: 'running' })
      const holders = new Map([
        ['scheduled', scheduled.id],
        ['running', running.id],
      ])
      for (const status of ['completed', 'failed', 'cancelled'] as const) {
        const row = await startJob(storage, { uniqueKey: status })
        await storage.settleJobs([settlement(row, { status, releaseKey: false })])
        holders.set(status, row.id)
      }
      for (const [uniqueKey, id] of holders) {
        assert.deepEqual(await storage.insertJobs([newJob({ uniqueKey })]), [{ inserted: false, id }], uniqueKey)
      }
    },
  },
  {
    id: 'insert-jobs/odd-keys',
    title: 'keeps keys apart that differ in case, in a trailing dot or in a trailing space',
    proves: ['insert.key', 'insert.faithful'],
    async run({ storage }) {
      const jobs = oddKeys.map((uniqueKey) => newJob({ uniqueKey }))
      assert.deepEqual(
        await storage.insertJobs(jobs),
        jobs.map((job) => ({ inserted: true, id: job.id })),
      )
      assert.deepEqual(
        await storage.insertJobs(oddKeys.map((uniqueKey) => newJob({ uniqueKey }))),
        jobs.map((job) => ({ inserted: false, id: job.id })),
      )
      for (const job of jobs) {
        const rows = await storage.findJobs({ uniqueKey: job.uniqueKey ?? '' }, { limit: 100 })
        assert.deepEqual(
          rows.map((row) => [row.id, row.uniqueKey]),
          [[job.id, job.uniqueKey]],
        )
      }
    },
  },
  {
    id: 'insert-jobs/many-without-key',
    title: 'takes any number of jobs without a key',
    proves: ['insert.key'],
    async run({ storage }) {
      const answers = await storage.insertJobs(newJobs(50, { uniqueKey: null }))
      assert.ok(answers.every((answer) => answer.inserted))
      const again = await storage.insertJobs(newJobs(50, { uniqueKey: null }))
      assert.ok(again.every((answer) => answer.inserted))
    },
  },
  {
    id: 'insert-jobs/key-race',
    title: 'lets one of 50 concurrent inserts of a key through and tells the 49 others its id',
    proves: ['insert.key'],
    async run({ storage, open }) {
      const storages = await Promise.all(Array.from({ length: 5 }, () => open()))
      for (const uniqueKey of ['first', 'second']) {
        const jobs = newJobs(50, { uniqueKey })
        const answers = (
          await Promise.all(jobs.map((job, index) => storages[index % storages.length]?.insertJobs([job]) ?? assert.fail()))
        ).flat()
        const winners = answers.flatMap((answer, index) => (answer.inserted ? [jobs[index]?.id] : []))
        assert.equal(winners.length, 1, `${winners.length} were inserted`)
        assert.ok(answers.every((answer) => answer.id === winners[0]))
        const rows = await storage.findJobs({ uniqueKey }, { limit: 10 })
        assert.deepEqual(
          rows.map((row) => row.id),
          winners,
        )
      }
    },
  },
  {
    id: 'insert-jobs/key-race-of-calls',
    title: 'takes the same keys in opposite order at once without an error, each once',
    proves: ['insert.key'],
    async run({ open }) {
      const storages = await Promise.all(Array.from({ length: 4 }, () => open()))
      for (let round = 0; round < 5; round++) {
        const keys = Array.from({ length: 20 }, (_, index) => `${round}-${index}`)
        const calls = storages.map((_, index) => (index % 2 ? keys : keys.toReversed()).map((uniqueKey) => newJob({ uniqueKey })))
        const answers = await Promise.all(calls.map((jobs, index) => storages[index]?.insertJobs(jobs) ?? assert.fail()))
        for (const uniqueKey of keys) {
          const told = calls.flatMap((jobs, call) => {
            const at = jobs.findIndex((job) => job.uniqueKey === uniqueKey)
            return [answers[call]?.[at] ?? assert.fail()]
          })
          assert.equal(told.filter((answer) => answer.inserted).length, 1, `key ${uniqueKey}`)
          assert.equal(new Set(told.map((answer) => answer.id)).size, 1, `key ${uniqueKey}: one holder`)
        }
      }
    },
  },
  {
    id: 'insert-jobs/key-released',
    title: 'gives a key again once its job was settled with release, deleted, pruned or updated',
    proves: ['insert.key', 'insert.key-released'],
    async run({ storage }) {
      const letGo = {
        settled: async (id: string) => {
          const [row] = await claimThese(storage, [{ id, queue: 'default' }])
          await storage.settleJobs([settlement(row ?? assert.fail())])
        },
        deleted: (id: string) => storage.deleteJobs([id]),
        pruned: async (id: string) => {
          await storage.updateJobs([{ id, from: ['pending'], set: { status: 'cancelled', finishedAt: 1, deleteAt: 2 } }])
          await storage.pruneJobs({ now: 2, limit: 10 })
        },
        updated: async (id: string) => {
          await storage.updateJobs([{ id, from: ['pending'], set: { uniqueKey: null, status: 'cancelled' } }])
        },
      }
      for (const [how, release] of Object.entries(letGo)) {
        const holder = newJob({ uniqueKey: how })
        await storage.insertJobs([holder])
        await release(holder.id)
        const next = newJob({ uniqueKey: how, queue: 'next' })
        assert.deepEqual(await storage.insertJobs([next]), [{ inserted: true, id: next.id }], how)
      }
    },
  },
  {
    id: 'insert-jobs/holder-goes-away',
    title: 'never answers a holder that does not exist while holders come and go',
    proves: ['insert.key-released', 'insert.key'],
    async run({ open }) {
      const storages = await Promise.all(Array.from({ length: 4 }, () => open()))
      const inserted = new Set<string>()
      const told = new Set<string>()
      const comeAndGo = async (storage: (typeof storages)[number]) => {
        for (let round = 0; round < 25; round++) {
          const job = newJob({ uniqueKey: 'contested' })
          const [answer] = await storage.insertJobs([job])
          assert.ok(answer)
          if (!answer.inserted) {
            assert.notEqual(answer.id, job.id)
            told.add(answer.id)
            continue
          }
          assert.equal(answer.id, job.id)
          inserted.add(job.id)
          assert.deepEqual(await storage.deleteJobs([job.id]), [job.id])
        }
      }
      await Promise.all(storages.flatMap((storage) => [comeAndGo(storage), comeAndGo(storage)]))
      for (const id of told) assert.ok(inserted.has(id), `${id} was answered as the holder and was never inserted`)
      assert.ok(inserted.size > 0)
    },
  },
]
