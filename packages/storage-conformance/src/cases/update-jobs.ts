import assert from 'node:assert/strict'
import type { JobStatus, JobUpdate } from '@dbjobq/core/storage'
import type { ConformanceCase } from '../case.js'
import { findJob, newId, newJob, newJobs, settlement } from '../factories.js'
import { oddTexts } from '../odd-texts.js'
import { findAll, startJob } from '../running-jobs.js'

const statuses: JobStatus[] = ['scheduled', 'pending', 'running', 'completed', 'failed', 'cancelled']

const everyField: JobUpdate['set'][] = [
  { status: 'scheduled' },
  { status: 'failed' },
  { queue: 'Other.queue' },
  { runAt: 4_000_000_000_000 },
  { runAt: 0 },
  { priority: -32768 },
  { priority: 32767 },
  { data: 'other data' },
  { options: '' },
  { attempts: 7 },
  { attempts: 0 },
  { uniqueKey: 'another ' },
  { startedAt: 1 },
  { finishedAt: 2 },
  { deleteAt: 3 },
  { cancelRequestedAt: 0 },
  { progress: 'p' },
  { result: 'r' },
  { errors: 'e' },
  // All are set by now, so that an update which resets one of the others shows.
  { data: 'more data' },
  { uniqueKey: null },
  { startedAt: null },
  { finishedAt: null },
  { deleteAt: null },
  { cancelRequestedAt: null },
  { progress: null },
  { result: null },
  { errors: null },
  { status: 'pending', attempts: 0, runAt: 5, finishedAt: null, deleteAt: null, errors: null, result: null, uniqueKey: 'third' },
  {},
]

export const updateJobsCases: ConformanceCase[] = [
  {
    id: 'update-jobs/fields',
    title: 'writes what an update gives and nothing else',
    proves: ['update.fields'],
    async run({ storage }) {
      const row = await startJob(storage, { uniqueKey: 'k', groupKey: 'g' })
      await storage.settleJobs([settlement(row, { status: 'failed', releaseKey: false, errors: '["e"]' })])
      let expected = await findJob(storage, row.id)
      for (const set of everyField) {
        expected = { ...expected, ...set }
        assert.deepEqual(await storage.updateJobs([{ id: row.id, from: statuses, set }]), ['updated'], JSON.stringify(set))
        assert.deepEqual(await findJob(storage, row.id), expected, JSON.stringify(set))
      }
    },
  },
  {
    id: 'update-jobs/guard',
    title: 'updates a job in one of the statuses asked for and answers stale in all others',
    proves: ['update.guard'],
    async run({ storage }) {
      const ids: Record<string, string> = {}
      for (const status of statuses) {
        const job = newJob({ queue: status, status: status === 'scheduled' ? 'scheduled' : 'pending' })
        await storage.insertJobs([job])
        if (status !== 'scheduled' && status !== 'pending') await storage.updateJobs([{ id: job.id, from: ['pending'], set: { status } }])
        ids[status] = job.id
      }
      for (const status of statuses) {
        const id = ids[status] ?? assert.fail()
        const others = statuses.filter((other) => other !== status)
        const before = await findJob(storage, id)
        assert.equal(before.status, status)
        assert.deepEqual(await storage.updateJobs([{ id, from: others, set: { data: 'x', uniqueKey: 'x' } }]), ['stale'], status)
        assert.deepEqual(await findJob(storage, id), before, status)
        assert.deepEqual(await storage.updateJobs([{ id, from: [status], set: { data: 'y' } }]), ['updated'], status)
        assert.deepEqual(await storage.updateJobs([{ id, from: [others[0] ?? status, status], set: { data: 'z' } }]), ['updated'], status)
      }
    },
  },
  {
    id: 'update-jobs/absent',
    title: 'answers stale for a job that does not exist',
    proves: ['update.guard'],
    async run({ storage }) {
      assert.deepEqual(await storage.updateJobs([{ id: newId(), from: statuses, set: { data: 'x', uniqueKey: 'k' } }]), ['stale'])
      assert.deepEqual(await storage.findJobs({}, { limit: 1 }), [])
    },
  },
  {
    id: 'update-jobs/none',
    title: 'answers nothing to no updates',
    proves: ['update.fields'],
    async run({ storage }) {
      assert.deepEqual(await storage.updateJobs([]), [])
    },
  },
  {
    id: 'update-jobs/in-the-order-given',
    title: 'updates row by row in the order given, each guarded by what those before it left',
    proves: ['update.guard', 'update.key'],
    async run({ storage }) {
      const [first, second] = newJobs(2, (index) => ({ uniqueKey: index ? null : 'k' }))
      assert.ok(first && second)
      await storage.insertJobs([first, second])
      const answers = await storage.updateJobs([
        { id: second.id, from: ['pending'], set: { uniqueKey: 'k' } },
        { id: first.id, from: ['pending'], set: { status: 'cancelled', uniqueKey: null } },
        { id: second.id, from: ['pending'], set: { uniqueKey: 'k', data: 'holder' } },
        { id: first.id, from: ['pending'], set: { data: 'late' } },
        { id: first.id, from: ['cancelled'], set: { uniqueKey: 'k', data: 'late' } },
        { id: first.id, from: ['cancelled'], set: { data: 'last' } },
      ])
      assert.deepEqual(answers, ['keyTaken', 'updated', 'updated', 'stale', 'keyTaken', 'updated'])
      const [one, two] = await findAll(storage, [first, second])
      assert.deepEqual([one?.status, one?.uniqueKey, one?.data], ['cancelled', null, 'last'])
      assert.deepEqual([two?.status, two?.uniqueKey, two?.data], ['pending', 'k', 'holder'])
    },
  },
  {
    id: 'update-jobs/key-taken',
    title: 'answers keyTaken and changes nothing of that job when its new key is held; the others go on',
    proves: ['update.key'],
    async run({ storage }) {
      const holder = newJob({ uniqueKey: 'held' })
      const jobs = newJobs(3, (index) => ({ uniqueKey: `own${index}` }))
      await storage.insertJobs([holder, ...jobs])
      const before = await findAll(storage, jobs)
      const answers = await storage.updateJobs(
        jobs.map((job, index) => ({
          id: job.id,
          from: ['pending'],
          set: { uniqueKey: index === 1 ? 'held' : `new${index}`, status: 'cancelled', data: 'changed', priority: 1 },
        })),
      )
      assert.deepEqual(answers, ['updated', 'keyTaken', 'updated'])
      const after = await findAll(storage, jobs)
      assert.deepEqual(after[1], before[1])
      assert.deepEqual(
        after.map((row) => row.uniqueKey),
        ['new0', 'own1', 'new2'],
      )
      assert.equal((await findJob(storage, holder.id)).uniqueKey, 'held')
    },
  },
  {
    id: 'update-jobs/own-key',
    title: 'lets a job keep the key that it holds',
    proves: ['update.key'],
    async run({ storage }) {
      const job = newJob({ uniqueKey: 'k' })
      await storage.insertJobs([job])
      assert.deepEqual(await storage.updateJobs([{ id: job.id, from: ['pending'], set: { uniqueKey: 'k', priority: 8 } }]), ['updated'])
      const row = await findJob(storage, job.id)
      assert.deepEqual([row.uniqueKey, row.priority], ['k', 8])
    },
  },
  {
    id: 'update-jobs/keeps-the-key',
    title: 'leaves the key alone when an update does not name it',
    proves: ['update.key', 'update.fields'],
    async run({ storage }) {
      const job = newJob({ uniqueKey: 'k' })
      await storage.insertJobs([job])
      await storage.updateJobs([{ id: job.id, from: ['pending'], set: { status: 'cancelled' } }])
      assert.equal((await findJob(storage, job.id)).uniqueKey, 'k')
      assert.deepEqual(await storage.insertJobs([newJob({ uniqueKey: 'k' })]), [{ inserted: false, id: job.id }])
    },
  },
  {
    id: 'update-jobs/stale-before-key',
    title: 'answers stale, not keyTaken, when the status does not allow the update either',
    proves: ['update.guard', 'update.key'],
    async run({ storage }) {
      const job = newJob()
      await storage.insertJobs([newJob({ uniqueKey: 'held' }), job])
      assert.deepEqual(await storage.updateJobs([{ id: job.id, from: ['failed'], set: { uniqueKey: 'held' } }]), ['stale'])
    },
  },
  {
    id: 'update-jobs/key-race',
    title: 'gives a key to one of several updates at once and tells the others keyTaken',
    proves: ['update.key'],
    async run({ storage, open }) {
      const storages = await Promise.all(Array.from({ length: 4 }, () => open()))
      for (let round = 0; round < 5; round++) {
        const uniqueKey = `k${round}`
        const jobs = newJobs(12)
        await storage.insertJobs(jobs)
        const answers = await Promise.all(
          jobs.map(async ({ id }, index) => storages[index % 4]?.updateJobs([{ id, from: ['pending'], set: { uniqueKey, priority: 1 } }])),
        )
        assert.equal(answers.filter((answer) => answer?.[0] === 'updated').length, 1)
        assert.equal(answers.filter((answer) => answer?.[0] === 'keyTaken').length, 11)
        const rows = await findAll(storage, jobs)
        assert.deepEqual(
          rows.map((row) => [row.uniqueKey, row.priority]),
          answers.map((answer) => (answer?.[0] === 'updated' ? [uniqueKey, 1] : [null, 5])),
        )
      }
    },
  },
  {
    id: 'update-jobs/guard-race',
    title: 'lets one of several guarded updates at once through',
    proves: ['update.guard'],
    async run({ storage, open }) {
      const storages = await Promise.all(Array.from({ length: 4 }, () => open()))
      for (let round = 0; round < 5; round++) {
        const job = newJob()
        await storage.insertJobs([job])
        const answers = await Promise.all(
          Array.from({ length: 12 }, async (_, index) =>
            storages[index % 4]?.updateJobs([{ id: job.id, from: ['pending'], set: { status: 'cancelled', data: `${index}` } }]),
          ),
        )
        const winners = answers.flatMap((answer, index) => (answer?.[0] === 'updated' ? [`${index}`] : []))
        assert.equal(winners.length, 1)
        assert.equal((await findJob(storage, job.id)).data, winners[0])
      }
    },
  },
  {
    id: 'update-jobs/claim-against-cancel',
    title: 'lets either a claim or the cancel of a pending job through',
    proves: ['update.guard', 'claim.pending-only'],
    async run({ storage, open }) {
      const operator = await open()
      for (let round = 0; round < 20; round++) {
        const job = newJob({ queue: `q${round}` })
        await storage.insertJobs([job])
        const [{ jobs }, [answer]] = await Promise.all([
          storage.claimJobs({ claimId: newId(), workerId: 'w', limit: 1, queues: [{ name: job.queue, limit: 1 }] }),
          operator.updateJobs([{ id: job.id, from: ['pending'], set: { status: 'cancelled' } }]),
        ])
        const { status } = await findJob(storage, job.id)
        assert.deepEqual([jobs.length, answer, status], answer === 'updated' ? [0, 'updated', 'cancelled'] : [1, 'stale', 'running'])
      }
    },
  },
  {
    id: 'update-jobs/odd-texts',
    title: 'brings every updated text back the same',
    proves: ['update.fields'],
    async run({ storage }) {
      const texts = Object.entries(oddTexts)
      const jobs = newJobs(texts.length)
      await storage.insertJobs(jobs)
      const sets = texts.map(([, text]) => ({ data: text, options: text, result: text, errors: text }))
      await storage.updateJobs(jobs.map((job, index) => ({ id: job.id, from: ['pending'], set: sets[index] ?? {} })))
      const rows = await findAll(storage, jobs)
      for (const [index, [what]] of texts.entries()) assert.deepEqual({ ...rows[index], ...sets[index] }, rows[index], what)
    },
  },
  {
    id: 'update-jobs/five-hundred',
    title: 'takes 500 updates in one call',
    proves: ['update.fields', 'update.guard'],
    async run({ storage }) {
      const jobs = newJobs(500)
      await storage.insertJobs(jobs)
      const answers = await storage.updateJobs(
        jobs.map((job, index) => ({
          id: job.id,
          from: index % 2 ? ['failed'] : ['pending'],
          set: { status: 'cancelled', priority: index },
        })),
      )
      assert.deepEqual(
        answers,
        jobs.map((_, index) => (index % 2 ? 'stale' : 'updated')),
      )
      const rows = await storage.findJobs({}, { limit: 500, summary: true })
      assert.ok(rows.every((row, index) => row.priority === (index % 2 ? 5 : index)))
    },
  },
]
