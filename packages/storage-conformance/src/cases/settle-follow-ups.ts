import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import { claimRequest, findJob, newId, newJob, newJobs, settlement } from '../factories.js'
import { oddTexts } from '../odd-texts.js'
import { findAll, findPresent, startJob, startJobs, startSome } from '../running-jobs.js'

export const settleFollowUpsCases: ConformanceCase[] = [
  {
    id: 'settle-jobs/follow-ups',
    title: 'inserts follow-ups with the settlement, whole and ready to be claimed',
    proves: ['settle.follow-ups', 'insert.faithful'],
    async run({ storage }) {
      const row = await startJob(storage)
      const followUps = [
        ...Object.values(oddTexts).map((text) => newJob({ queue: 'f', data: text, options: text })),
        newJob({ queue: 'f', uniqueKey: 'Key ', keyUntil: 'claim', groupKey: 'g', priority: -5, type: 't' }),
        newJob({ queue: 'f', status: 'scheduled', runAt: 4_000_000_000_000 }),
      ]
      assert.deepEqual(await storage.settleJobs([settlement(row, { followUps })]), ['settled'])
      const rows = await findAll(storage, followUps)
      for (const [index, job] of followUps.entries()) assert.deepEqual({ ...rows[index], ...job }, rows[index])
      const { jobs } = await storage.claimJobs(claimRequest({ queues: [{ name: 'f', limit: 100 }] }))
      assert.equal(jobs.length, followUps.length - 1)
    },
  },
  {
    id: 'settle-jobs/follow-ups-in-every-status',
    title: 'inserts follow-ups whatever the status that the job settles to',
    proves: ['settle.follow-ups'],
    async run({ storage }) {
      for (const status of ['completed', 'failed', 'cancelled', 'scheduled', 'pending'] as const) {
        const row = await startJob(storage, { queue: status })
        const followUps = newJobs(2, { queue: 'f' })
        assert.deepEqual(await storage.settleJobs([settlement(row, { status, followUps })]), ['settled'])
        assert.equal((await findPresent(storage, followUps)).length, 2, status)
      }
    },
  },
  {
    id: 'settle-jobs/follow-ups-of-the-settled-only',
    title: 'inserts the follow-ups of those settled and of no others in a batch',
    proves: ['settle.follow-ups', 'settle.batch'],
    async run({ storage }) {
      const rows = await startSome(storage, 6)
      const [lost, cancelled] = [rows[1] ?? assert.fail(), rows[4] ?? assert.fail()]
      await storage.settleJobs([settlement(lost, { forgetClaim: true })])
      await storage.updateJobs([{ id: cancelled.id, from: ['running'], set: { cancelRequestedAt: 1 } }])
      const batch = rows.map((row) => settlement(row, { status: 'pending', followUps: newJobs(3, { queue: 'f', groupKey: row.id }) }))
      await storage.settleJobs(batch)
      for (const row of rows) {
        const found = await storage.findJobs({ groupKey: row.id }, { limit: 10 })
        assert.equal(found.length, row === lost || row === cancelled ? 0 : 3)
      }
    },
  },
  {
    id: 'settle-jobs/follow-up-with-a-taken-key',
    title: 'leaves a follow-up out whose key is taken, and settles and inserts the rest',
    proves: ['settle.follow-ups'],
    async run({ storage }) {
      const holder = newJob({ uniqueKey: 'taken', queue: 'h' })
      await storage.insertJobs([holder])
      const rows = await startSome(storage, 2)
      const [out, first, second, third] = [newJob({ uniqueKey: 'taken' }), newJob(), newJob({ uniqueKey: 'free' }), newJob()]
      const batch = [[first, out, second], [third]].map((followUps, index) => settlement(rows[index] ?? assert.fail(), { followUps }))
      assert.deepEqual(await storage.settleJobs(batch), ['settled', 'settled'])
      assert.deepEqual(await findPresent(storage, [out, first, second, third]), [first.id, second.id, third.id].toSorted())
      assert.equal((await findJob(storage, holder.id)).uniqueKey, 'taken')
    },
  },
  {
    id: 'settle-jobs/follow-ups-with-one-key',
    title: 'inserts one of several follow-ups with the same key, the first of a settlement',
    proves: ['settle.follow-ups', 'insert.key'],
    async run({ storage }) {
      const rows = await startSome(storage, 3)
      const followUps = newJobs(6, { uniqueKey: 'k', queue: 'f' }).toReversed()
      await storage.settleJobs([settlement(rows[0] ?? assert.fail(), { followUps: followUps.slice(0, 2) })])
      await storage.settleJobs(
        rows.slice(1).map((row, index) => settlement(row, { followUps: followUps.slice(2 + index * 2, 4 + index * 2) })),
      )
      const found = await storage.findJobs({ queue: ['f'] }, { limit: 10 })
      assert.deepEqual(
        found.map((row) => row.id),
        [followUps[0]?.id],
      )
    },
  },
  {
    id: 'settle-jobs/follow-up-takes-the-released-key',
    title: 'frees a key before its follow-ups go in, so that one of them can hold it',
    proves: ['settle.follow-ups', 'settle.release-key'],
    async run({ storage }) {
      const rows = await startJobs(
        storage,
        newJobs(5, (index) => ({ uniqueKey: `k${index}` })),
      )
      const batch = rows.map((row) => settlement(row, { followUps: [newJob({ uniqueKey: row.uniqueKey, groupKey: row.id, queue: 'f' })] }))
      await storage.settleJobs(batch)
      for (const [index, row] of rows.entries()) {
        const [heir] = await storage.findJobs({ uniqueKey: `k${index}` }, { limit: 2 })
        assert.equal(heir?.groupKey, row.id)
        assert.equal((await findJob(storage, row.id)).uniqueKey, null)
      }
    },
  },
  {
    id: 'settle-jobs/follow-up-and-a-kept-key',
    title: 'leaves a follow-up out that wants the key which its own job keeps',
    proves: ['settle.follow-ups', 'settle.release-key'],
    async run({ storage }) {
      const row = await startJob(storage, { uniqueKey: 'k' })
      const followUp = newJob({ uniqueKey: 'k' })
      assert.deepEqual(await storage.settleJobs([settlement(row, { releaseKey: false, followUps: [followUp] })]), ['settled'])
      assert.deepEqual(await findPresent(storage, [followUp]), [])
      assert.equal((await findJob(storage, row.id)).uniqueKey, 'k')
    },
  },
  {
    id: 'settle-jobs/follow-up-that-is-there',
    title: 'leaves a job as it is that is there already under the id of a follow-up',
    proves: ['settle.follow-ups', 'insert.repeat'],
    async run({ storage }) {
      const row = await startJob(storage)
      const there = newJob({ data: 'before' })
      await storage.insertJobs([there])
      assert.deepEqual(await storage.settleJobs([settlement(row, { followUps: [{ ...there, data: 'after' }, newJob()] })]), ['settled'])
      assert.equal((await findJob(storage, there.id)).data, 'before')
      assert.equal((await storage.findJobs({}, { limit: 10 })).length, 3)
    },
  },
  {
    id: 'settle-jobs/many-follow-ups',
    title: 'takes 500 follow-ups of one settlement beside others in the batch',
    proves: ['settle.follow-ups'],
    async run({ storage }) {
      const rows = await startSome(storage, 3)
      const followUps = newJobs(500, { queue: 'f' })
      await storage.settleJobs(
        rows.map((row, index) => settlement(row, { followUps: index === 1 ? followUps : newJobs(10, { queue: 'g' }) })),
      )
      const found = await storage.findJobs({ queue: ['f'] }, { limit: 1_000, summary: true })
      assert.deepEqual(
        found.map((row) => row.id),
        followUps.map((job) => job.id),
      )
      assert.equal((await storage.findJobs({ queue: ['g'] }, { limit: 1_000, summary: true })).length, 20)
    },
  },
  {
    id: 'settle-jobs/large-follow-ups',
    title: 'takes three follow-ups of 1 MiB with one settlement',
    proves: ['settle.follow-ups'],
    async run({ storage }) {
      const row = await startJob(storage)
      const followUps = ['x', '\\', "'"].map((character) => newJob({ queue: 'f', data: character.repeat(1024 * 1024) }))
      assert.deepEqual(await storage.settleJobs([settlement(row, { followUps })]), ['settled'])
      const rows = await findAll(storage, followUps)
      assert.ok(rows.every((found, index) => found.data === followUps[index]?.data))
    },
  },
  {
    id: 'settle-jobs/key-contested-by-insert',
    title: 'hands a released key to one of a follow-up and concurrent inserts',
    proves: ['settle.follow-ups', 'settle.release-key', 'insert.key', 'insert.key-released'],
    async run({ storage, open }) {
      const others = await Promise.all([open(), open()])
      for (let round = 0; round < 15; round++) {
        const uniqueKey = `k${round}`
        const row = await startJob(storage, { uniqueKey, queue: uniqueKey })
        const followUp = newJob({ uniqueKey, id: newId() })
        const inserts = others.map(() => newJob({ uniqueKey }))
        const [answer, ...told] = await Promise.all([
          storage.settleJobs([settlement(row, { followUps: [followUp] })]),
          ...others.map((other, index) => other.insertJobs([inserts[index] ?? assert.fail()])),
        ])
        assert.deepEqual(answer, ['settled'])
        const holders = await storage.findJobs({ uniqueKey }, { limit: 10 })
        assert.equal(holders.length, 1, 'one job holds the key')
        const winner = holders[0]?.id
        for (const [index, [one]] of told.entries()) {
          assert.ok(one)
          assert.equal(one.inserted, inserts[index]?.id === winner)
          assert.ok(one.id === winner || one.id === row.id, `${one.id} never held the key`)
        }
      }
    },
  },
]
