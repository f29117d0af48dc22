import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import { checkStorageError } from '../expect-error.js'
import { findJob, newId, newJob, newJobs, settlement } from '../factories.js'
import { findPresent, startJob } from '../running-jobs.js'

const untouched = {
  attempts: 0,
  claimId: null,
  workerId: null,
  startedAt: null,
  finishedAt: null,
  deleteAt: null,
  cancelRequestedAt: null,
  progress: null,
  result: null,
  errors: null,
}

export const insertJobsCases: ConformanceCase[] = [
  {
    id: 'insert-jobs/same-id',
    title: 'takes of an id that stands twice in one call the first job',
    proves: ['insert.same-id'],
    async run({ storage }) {
      for (const [first, second] of [
        [null, null],
        ['k', null],
        [null, 'l'],
        ['m', 'n'],
        ['p', 'o'],
      ] as const) {
        const job = newJob({ uniqueKey: first, data: 'first' })
        const answers = await storage.insertJobs([newJob(), job, newJob(), { ...job, uniqueKey: second, data: 'second' }])
        const answer = { inserted: true, id: job.id }
        assert.deepEqual([answers[1], answers[3]], [answer, answer])
        const row = await findJob(storage, job.id)
        assert.deepEqual([row.data, row.uniqueKey], ['first', first], `keys ${first} and ${second}`)
      }
    },
  },
  {
    id: 'insert-jobs/whole-row',
    title: 'brings a new job back with all its fields, and the others empty',
    proves: ['insert.faithful'],
    async run({ storage }) {
      const plain = newJob()
      const full = newJob({
        groupKey: 'tenant-7',
        uniqueKey: 'k',
        keyUntil: 'claim',
        status: 'scheduled',
        priority: -3,
        queue: 'q',
        type: 't',
      })
      assert.deepEqual(await storage.insertJobs([plain, full]), [
        { inserted: true, id: plain.id },
        { inserted: true, id: full.id },
      ])
      assert.deepEqual(await findJob(storage, plain.id), { ...plain, ...untouched })
      assert.deepEqual(await findJob(storage, full.id), { ...full, ...untouched })
    },
  },
  {
    id: 'insert-jobs/none',
    title: 'answers nothing to no jobs',
    proves: ['insert.order'],
    async run({ storage }) {
      assert.deepEqual(await storage.insertJobs([]), [])
    },
  },
  {
    id: 'insert-jobs/order-of-answers',
    title: 'answers in the order given, new, repeated and duplicate jobs mixed and ids not ascending',
    proves: ['insert.order', 'insert.key', 'insert.repeat'],
    async run({ storage }) {
      const [old, holder] = [newJob(), newJob({ uniqueKey: 'held' })]
      await storage.insertJobs([old, holder])
      const fresh = newJobs(4).toReversed()
      const jobs = [fresh[0], newJob({ uniqueKey: 'held' }), fresh[1], old, fresh[2], newJob({ uniqueKey: 'held' }), fresh[3], holder].map(
        (job) => job ?? assert.fail(),
      )
      const expected = jobs.map((job) =>
        job.uniqueKey === 'held' ? { inserted: job.id === holder.id, id: holder.id } : { inserted: true, id: job.id },
      )
      assert.deepEqual(await storage.insertJobs(jobs), expected)
    },
  },
  {
    id: 'insert-jobs/repeat',
    title: 'answers inserted for an id that is there and leaves its job as it is',
    proves: ['insert.repeat'],
    async run({ storage }) {
      const job = newJob({ uniqueKey: 'k' })
      await storage.insertJobs([job])
      const before = await findJob(storage, job.id)
      const changed = { ...job, queue: 'other', type: 'other', priority: 9, runAt: 1, data: 'other', options: 'other', groupKey: 'other' }
      for (const again of [job, changed, { ...changed, uniqueKey: null }, { ...changed, uniqueKey: 'another' }]) {
        assert.deepEqual(await storage.insertJobs([again]), [{ inserted: true, id: job.id }])
        assert.deepEqual(await findJob(storage, job.id), before)
      }
      const another = newJob({ uniqueKey: 'another' })
      assert.deepEqual(await storage.insertJobs([another]), [{ inserted: true, id: another.id }], 'the repeated call took no key')
    },
  },
  {
    id: 'insert-jobs/repeat-later',
    title: 'leaves a job that went on meanwhile as it is when its insert is repeated, also if another holds its key by now',
    proves: ['insert.repeat'],
    async run({ storage }) {
      const running = await startJob(storage, { uniqueKey: 'k' })
      const { attempts: _attempts, status: _status, ...rest } = running
      const job = newJob({ id: rest.id, queue: rest.queue, uniqueKey: 'k' })
      assert.deepEqual(await storage.insertJobs([job]), [{ inserted: true, id: job.id }])
      assert.deepEqual(await findJob(storage, job.id), running)
      await storage.settleJobs([settlement(running)])
      const successor = newJob({ uniqueKey: 'k' })
      assert.deepEqual(await storage.insertJobs([successor]), [{ inserted: true, id: successor.id }])
      const settled = await findJob(storage, job.id)
      assert.deepEqual(await storage.insertJobs([job, newJob({ uniqueKey: 'k' })]), [
        { inserted: true, id: job.id },
        { inserted: false, id: successor.id },
      ])
      assert.deepEqual(await findJob(storage, job.id), settled)
    },
  },
  {
    id: 'insert-jobs/repeat-race',
    title: 'answers inserted to all when one insert is sent by several at once, and writes it once',
    proves: ['insert.repeat'],
    async run({ open }) {
      const storages = await Promise.all(Array.from({ length: 4 }, () => open()))
      const jobs = newJobs(20, (index) => ({ uniqueKey: index % 2 ? `k${index}` : null }))
      const answers = await Promise.all(storages.map((storage) => storage.insertJobs(jobs)))
      for (const answer of answers)
        assert.deepEqual(
          answer,
          jobs.map((job) => ({ inserted: true, id: job.id })),
        )
      const rows = await storages[0]?.findJobs({}, { limit: 100 })
      assert.equal(rows?.length, 20)
    },
  },
  {
    id: 'insert-jobs/thousand',
    title: 'takes 1,000 jobs in one call',
    proves: ['insert.order', 'insert.all-or-nothing'],
    async run({ storage }) {
      const jobs = newJobs(1_000, (index) => ({ uniqueKey: `k-${index % 900}`, groupKey: `g-${index}` }))
      const answers = await storage.insertJobs(jobs)
      assert.deepEqual(
        answers,
        jobs.map((job, index) => ({ inserted: index < 900, id: index < 900 ? job.id : jobs[index - 900]?.id })),
      )
      assert.equal((await storage.findJobs({}, { limit: 2_000, summary: true })).length, 900)
    },
  },
  {
    id: 'insert-jobs/all-or-nothing',
    title: 'writes nothing of a call in which the store refuses one job',
    proves: ['insert.all-or-nothing', 'errors.typed'],
    async run({ storage }) {
      // Core refuses all of these. Most stores refuse some of them; a store that takes one must take the whole call.
      const hostile: Parameters<typeof newJob>[0][] = [
        { priority: 1e12 },
        { data: 'NUL: \u0000' },
        { queue: 'x'.repeat(5_000) },
        { type: null as unknown as string },
        { data: 'x'.repeat(20 * 1024 * 1024) },
      ]
      for (const overrides of hostile) {
        const jobs = [newJob(), newJob({ uniqueKey: newId() }), newJob(overrides), newJob()]
        let written = true
        try {
          await storage.insertJobs(jobs)
        } catch (error) {
          written = false
          checkStorageError(error, ['STORAGE_FAILED', 'TOO_LARGE', 'UNSUPPORTED', 'UNAVAILABLE', 'FORBIDDEN'], 'insertJobs')
        }
        const ordinary = jobs.filter((_, index) => index !== 2)
        const present = await findPresent(storage, ordinary)
        assert.equal(
          present.length,
          written ? 3 : 0,
          `after ${JSON.stringify(overrides).slice(0, 60)} ${written ? 'went in' : 'was refused'}`,
        )
      }
    },
  },
  {
    id: 'insert-jobs/seen-by-another',
    title: 'shows a job to another storage on the same database as soon as it is inserted',
    proves: ['insert.faithful'],
    async run({ storage, open }) {
      const other = await open()
      const job = newJob({ uniqueKey: 'k' })
      await storage.insertJobs([job])
      assert.deepEqual(await findJob(other, job.id), await findJob(storage, job.id))
      assert.deepEqual(await other.insertJobs([newJob({ uniqueKey: 'k' })]), [{ inserted: false, id: job.id }])
    },
  },
]
