import assert from 'node:assert/strict'
import type { JobFilter, JobRow } from '@dbjobq/core/storage'
import type { AnyStorage, ConformanceCase } from '../case.js'
import { claimRequest, newId, newJob, newJobs, settlement } from '../factories.js'
import { oddKeys, oddTexts } from '../odd-texts.js'
import { startJob } from '../running-jobs.js'

/** 36 jobs of two queues, three types and three groups, some with a key, in five statuses. */
async function fill(storage: AnyStorage): Promise<JobRow[]> {
  const jobs = newJobs(36, (index) => ({
    queue: index % 2 ? 'q1' : 'q2',
    type: ['t1', 't2', 't3'][index % 3] ?? '',
    groupKey: ['g1', 'g2', null][Math.floor(index / 3) % 3] ?? null,
    uniqueKey: index % 5 ? null : `k${index}`,
    status: index % 4 ? 'pending' : 'scheduled',
  }))
  await storage.insertJobs(jobs)
  const { jobs: running } = await storage.claimJobs(claimRequest({ workerId: 'w1', queues: [{ name: 'q1', limit: 9 }] }))
  await storage.claimJobs(claimRequest({ workerId: 'w2', queues: [{ name: 'q2', limit: 3 }] }))
  const outcomes = running
    .slice(0, 6)
    .map((row, index) => settlement(row, { status: index % 2 ? 'failed' : 'completed', releaseKey: false }))
  await storage.settleJobs(outcomes)
  const all = await storage.findJobs({}, { limit: 100 })
  assert.deepEqual(
    all.map((row) => row.id),
    jobs.map((job) => job.id),
    'without a filter all jobs are found, by id',
  )
  return all
}

/** What the contract says of a filter, applied to rows that are known. */
function expected(rows: JobRow[], filter: JobFilter): string[] {
  const { ids, status, queue, type, groupKey, uniqueKey, workerId } = filter
  return rows
    .filter((row) => (ids?.includes(row.id) ?? true) && (status?.includes(row.status) ?? true) && (queue?.includes(row.queue) ?? true))
    .filter((row) => (type?.includes(row.type) ?? true) && (groupKey ?? row.groupKey) === row.groupKey)
    .filter((row) => (uniqueKey ?? row.uniqueKey) === row.uniqueKey && (workerId ?? row.workerId) === row.workerId)
    .map((row) => row.id)
}

export const findJobsCases: ConformanceCase[] = [
  {
    id: 'find-jobs/filters',
    title: 'finds what holds for all the fields of a filter',
    proves: ['find.filters'],
    async run({ storage }) {
      const rows = await fill(storage)
      const ids = [rows[20], rows[3], rows[11]].map((row) => row?.id ?? '')
      const filters: JobFilter[] = [
        { ids },
        { status: ['pending'] },
        { status: ['running', 'failed', 'completed'] },
        { status: ['cancelled'] },
        { status: ['scheduled', 'pending', 'running', 'completed', 'failed', 'cancelled'] },
        { queue: ['q1'] },
        { queue: ['q1', 'q2', 'absent'] },
        { queue: ['absent'] },
        { type: ['t2', 't3'] },
        { groupKey: 'g2' },
        { groupKey: 'absent' },
        { uniqueKey: 'k15' },
        { workerId: 'w1' },
        { workerId: 'w1', status: ['running'] },
        { ids, status: ['pending', 'scheduled'] },
        { status: ['pending'], queue: ['q1'] },
        { status: ['scheduled', 'pending'], queue: ['q2'], type: ['t1', 't3'], groupKey: 'g1' },
        { queue: ['q1'], type: ['t1'], groupKey: 'g1', uniqueKey: 'k15' },
        { queue: ['q2'], uniqueKey: 'k15' },
        { ids: [...ids, newId()], workerId: 'w2' },
        { status: ['failed'], workerId: 'w1', queue: ['q1', 'q2'] },
      ]
      for (const filter of filters) {
        const found = await storage.findJobs(filter, { limit: 100 })
        assert.deepEqual(
          found.map((row) => row.id),
          expected(rows, filter),
          JSON.stringify(filter),
        )
      }
    },
  },
  {
    id: 'find-jobs/empty-lists',
    title: 'finds nothing for an empty list',
    proves: ['find.filters'],
    async run({ storage }) {
      await fill(storage)
      for (const filter of [
        { ids: [] },
        { status: [] },
        { queue: [] },
        { type: [] },
        { queue: ['q1'], type: [] },
        { ids: [], groupKey: 'g1' },
      ]) {
        assert.deepEqual(await storage.findJobs(filter, { limit: 10 }), [], JSON.stringify(filter))
        assert.deepEqual(await storage.findJobs(filter, { limit: 10, order: 'newest', summary: true }), [], JSON.stringify(filter))
      }
    },
  },
  {
    id: 'find-jobs/whole-rows',
    title: 'answers whole rows, the same as a claim does',
    proves: ['find.filters'],
    async run({ storage }) {
      const row = await startJob(storage, { uniqueKey: 'k', groupKey: 'g' })
      assert.deepEqual(await storage.findJobs({ ids: [row.id] }, { limit: 1 }), [row])
    },
  },
  {
    id: 'find-jobs/paging',
    title: 'pages in both orders without a gap or a repeat, whatever the size of the page',
    proves: ['find.paging'],
    async run({ storage }) {
      const rows = await fill(storage)
      const filter: JobFilter = { queue: ['q1'], status: ['pending', 'running', 'scheduled'] }
      for (const order of ['oldest', 'newest'] as const) {
        const ids = order === 'oldest' ? expected(rows, filter) : expected(rows, filter).toReversed()
        for (const limit of [1, 2, 5, 100]) {
          const found: string[] = []
          for (let full = true; full;) {
            const after = found.at(-1)
            const page = await storage.findJobs(filter, { limit, order, ...(after === undefined ? {} : { after }) })
            found.push(...page.map((row) => row.id))
            full = page.length === limit
          }
          assert.deepEqual(found, ids, `${order}, ${limit} a page`)
        }
      }
    },
  },
  {
    id: 'find-jobs/page-after',
    title: 'goes on after an id that is not there, or that the filter leaves out',
    proves: ['find.paging'],
    async run({ storage }) {
      const jobs = newJobs(6, (index) => ({ queue: index % 2 ? 'odd' : 'even' }))
      await storage.insertJobs(jobs)
      const ids = jobs.map((job) => job.id)
      await storage.deleteJobs([ids[2] ?? ''])
      const find = async (filter: JobFilter, after: string | undefined, order: 'oldest' | 'newest') =>
        (await storage.findJobs(filter, { limit: 10, after: after ?? '', order })).map((row) => row.id)
      assert.deepEqual(await find({}, ids[2], 'oldest'), [ids[3], ids[4], ids[5]])
      assert.deepEqual(await find({}, ids[2], 'newest'), [ids[1], ids[0]])
      assert.deepEqual(await find({ queue: ['odd'] }, ids[2], 'newest'), [ids[1]])
      assert.deepEqual(await find({ ids }, ids[5], 'oldest'), [])
      assert.deepEqual(await find({ ids }, ids[0], 'newest'), [])
    },
  },
  {
    id: 'find-jobs/default-order',
    title: 'answers the oldest first by default',
    proves: ['find.paging'],
    async run({ storage }) {
      const jobs = newJobs(4)
      await storage.insertJobs(jobs.toReversed())
      const found = await storage.findJobs({}, { limit: 3 })
      assert.deepEqual(
        found.map((row) => row.id),
        jobs.slice(0, 3).map((job) => job.id),
      )
    },
  },
  {
    id: 'find-jobs/summary',
    title: 'leaves the long texts out of a summary and nothing else',
    proves: ['find.filters'],
    async run({ storage }) {
      const row = await startJob(storage, { data: 'x'.repeat(1_000), groupKey: 'g', uniqueKey: 'k' })
      await storage.markJobs([{ id: row.id, claimId: row.claimId ?? '', progress: 'half' }])
      await storage.settleJobs([settlement(row, { result: 'r', errors: 'e', releaseKey: false })])
      const [whole] = await storage.findJobs({}, { limit: 1 })
      assert.deepEqual([whole?.progress, whole?.result, whole?.errors], ['half', 'r', 'e'])
      assert.deepEqual(await storage.findJobs({}, { limit: 1, summary: true }), [
        { ...whole, data: '', progress: null, result: null, errors: null },
      ])
      assert.deepEqual(await storage.findJobs({}, { limit: 1, summary: false }), [whole])
    },
  },
  {
    id: 'find-jobs/thousand-ids',
    title: 'takes 1,000 ids in a filter and answers 1,000 rows',
    proves: ['find.filters', 'find.paging'],
    async run({ storage }) {
      const jobs = newJobs(1_100)
      await storage.insertJobs(jobs.slice(0, 1_000))
      await storage.insertJobs(jobs.slice(1_000))
      const ids = jobs.slice(50, 1_050).map((job) => job.id)
      const found = await storage.findJobs({ ids: ids.toReversed() }, { limit: 1_000 })
      assert.deepEqual(
        found.map((row) => row.id),
        ids,
      )
    },
  },
  {
    id: 'find-jobs/values',
    title: 'takes filters as values, never as patterns, operators or statements',
    proves: ['find.values'],
    async run({ storage }) {
      await storage.insertJobs(newJobs(3, { queue: 'a', type: 'a', groupKey: 'a' }))
      await startJob(storage, { uniqueKey: 'held' }, { workerId: 'a' })
      const texts = [...Object.values(oddTexts), ...oddKeys].filter((text) => text !== 'a' && /^[\u0020-\u007e]*$/.test(text))
      texts.push('A', 'a%', '%', '_', '.*', '^', '/a/', '1 or 1=1', "a' or '1'='1")
      assert.deepEqual(await storage.findJobs({ queue: texts }, { limit: 10 }), [])
      assert.deepEqual(await storage.findJobs({ type: texts }, { limit: 10 }), [])
      for (const text of texts) {
        for (const filter of [{ groupKey: text }, { uniqueKey: text }, { workerId: text }]) {
          assert.deepEqual(await storage.findJobs(filter, { limit: 10 }), [], JSON.stringify(filter))
        }
      }
    },
  },
  {
    id: 'find-jobs/values-that-are-objects',
    title: 'never takes an object in a filter, as an untyped caller may send it, for an operator',
    proves: ['find.values'],
    async run({ storage }) {
      await storage.insertJobs([newJob({ groupKey: 'g', uniqueKey: 'u' })])
      await startJob(storage, { queue: 'other' })
      for (const operator of [
        { $ne: null },
        { $exists: true },
        { $gt: '' },
        { $regex: '.*' },
        { queue: 1 },
        { unique_key: 1 },
        { toString: 1 },
      ]) {
        const value = operator as unknown as string
        for (const filter of [
          { queue: [value] },
          { ids: [value] },
          { type: [value] },
          { groupKey: value },
          { uniqueKey: value },
          { workerId: value },
        ]) {
          const found = await storage.findJobs(filter, { limit: 10 }).catch(() => [])
          assert.deepEqual(found, [], JSON.stringify(filter))
        }
      }
    },
  },
]
