import assert from 'node:assert/strict'
import type { Count, CountDimension, JobFilter, JobRow } from '@dbjobq/core/storage'
import type { AnyStorage, ConformanceCase } from '../case.js'
import { claimRequest, newJobs, settlement } from '../factories.js'

async function fill(storage: AnyStorage): Promise<JobRow[]> {
  await storage.insertJobs(
    newJobs(40, (index) => ({
      queue: ['a', 'A', 'b'][index % 3] ?? '',
      type: index % 2 ? 't' : 'T',
      priority: [-1, 0, 5][Math.floor(index / 3) % 3] ?? 0,
      runAt: 1_000 + ((index * 7) % 40),
      status: index % 4 ? 'pending' : 'scheduled',
    })),
  )
  const { jobs } = await storage.claimJobs(claimRequest({ limit: 12, queues: ['a', 'b'].map((name) => ({ name, limit: 7 })) }))
  await storage.settleJobs(
    jobs
      .slice(0, 9)
      .map((row, index) => settlement(row, { status: (['completed', 'failed', 'cancelled'] as const)[index % 3] ?? 'failed' })),
  )
  return storage.findJobs({}, { limit: 100 })
}

function counted(rows: JobRow[], by: CountDimension[]): Count[] {
  return [...Map.groupBy(rows, (row) => JSON.stringify(by.map((dimension) => row[dimension]))).values()].map((group) => ({
    ...Object.fromEntries(by.map((dimension) => [dimension, group[0]?.[dimension]])),
    count: group.length,
    oldestRunAt: Math.min(...group.map((row) => row.runAt)),
  }))
}

/** The contract gives the groups no order. */
const inOrder = (counts: Count[]) =>
  counts
    .map(({ queue, status, type, priority, count, oldestRunAt }) => JSON.stringify([queue, status, type, priority, count, oldestRunAt]))
    .toSorted()

const dimensions: CountDimension[] = ['queue', 'status', 'type', 'priority']

export const countJobsCases: ConformanceCase[] = [
  {
    id: 'count-jobs/every-dimension',
    title: 'counts exactly by every set of dimensions, with the earliest run-at of each group',
    proves: ['count.exact'],
    async run({ storage }) {
      const rows = await fill(storage)
      for (let set = 1; set < 2 ** dimensions.length; set++) {
        const by = dimensions.filter((_, bit) => set & (1 << bit))
        for (const order of [by, by.toReversed()]) {
          const { counts, complete } = await storage.countJobs(order, { scanLimit: 1_000 })
          assert.equal(complete, true)
          assert.deepEqual(inOrder(counts), inOrder(counted(rows, by)), order.join())
        }
      }
    },
  },
  {
    id: 'count-jobs/in-all',
    title: 'counts all in one group when no dimension is asked for',
    proves: ['count.exact'],
    async run({ storage }) {
      const rows = await fill(storage)
      const { counts, complete } = await storage.countJobs([], { scanLimit: 1_000 })
      assert.equal(complete, true)
      assert.deepEqual(inOrder(counts), inOrder(counted(rows, [])))
    },
  },
  {
    id: 'count-jobs/filtered',
    title: 'counts only what the filter matches',
    proves: ['count.exact'],
    async run({ storage }) {
      const rows = await fill(storage)
      const filters: [JobFilter, (row: JobRow) => boolean][] = [
        [{ queue: ['a'] }, (row) => row.queue === 'a'],
        [{ queue: ['A', 'b'], type: ['T'] }, (row) => row.queue !== 'a' && row.type === 'T'],
        [{ status: ['pending', 'failed'] }, (row) => row.status === 'pending' || row.status === 'failed'],
        [{ workerId: 'worker-1' }, (row) => row.workerId === 'worker-1'],
        [{ ids: rows.slice(10, 20).map((row) => row.id) }, (row) => rows.indexOf(row) >= 10 && rows.indexOf(row) < 20],
      ]
      for (const [filter, matches] of filters) {
        const { counts, complete } = await storage.countJobs(['status', 'queue'], { filter, scanLimit: 1_000 })
        assert.equal(complete, true)
        assert.deepEqual(inOrder(counts), inOrder(counted(rows.filter(matches), ['status', 'queue'])), JSON.stringify(filter))
      }
    },
  },
  {
    id: 'count-jobs/nothing',
    title: 'answers no groups when nothing matches',
    proves: ['count.exact'],
    async run({ storage }) {
      assert.deepEqual(await storage.countJobs(['status'], { scanLimit: 10 }), { counts: [], complete: true })
      await fill(storage)
      for (const filter of [{ queue: ['absent'] }, { queue: [] }, { status: [] }, { ids: [] }]) {
        assert.deepEqual(await storage.countJobs(['queue', 'status'], { filter, scanLimit: 10 }), { counts: [], complete: true })
      }
    },
  },
  {
    id: 'count-jobs/bounded',
    title: 'counts at most scanLimit rows a status and says that it is not complete',
    proves: ['count.bounded'],
    async run({ storage }) {
      await storage.insertJobs([...newJobs(30, (index) => ({ queue: index % 2 ? 'a' : 'b' })), ...newJobs(12, { status: 'scheduled' })])
      const total = (counts: Count[], status: string) =>
        counts.filter((count) => count.status === status).reduce((sum, { count }) => sum + count, 0)
      for (const [scanLimit, pending, scheduled] of [
        [1, 1, 1],
        [12, 12, 12],
        [29, 29, 12],
      ] as const) {
        const { counts, complete } = await storage.countJobs(['status', 'queue'], { scanLimit })
        assert.deepEqual(
          [total(counts, 'pending'), total(counts, 'scheduled'), complete],
          [pending, scheduled, false],
          `scanLimit ${scanLimit}`,
        )
        const bare = await storage.countJobs([], { scanLimit })
        assert.deepEqual([bare.counts[0]?.count, bare.complete], [pending + scheduled, false], `scanLimit ${scanLimit}, one group`)
      }
    },
  },
  {
    id: 'count-jobs/bounded-by-matches',
    title: 'holds only what the filter matches against scanLimit',
    proves: ['count.bounded'],
    async run({ storage }) {
      await storage.insertJobs([
        ...newJobs(40, { queue: 'others' }),
        ...newJobs(10, (index) => ({ queue: index % 2 ? 'a' : 'b', type: 't' })),
      ])
      for (const [filter, matching] of [
        [{ type: ['t'] }, 10],
        [{ queue: ['a'] }, 5],
      ] as const) {
        const asked = Object.fromEntries(Object.entries(filter).map(([name, values]) => [name, [...values]])) as JobFilter
        for (const scanLimit of [matching - 1, matching, matching + 1]) {
          const { counts, complete } = await storage.countJobs(['status'], { filter: asked, scanLimit })
          assert.deepEqual(
            [counts.map(({ count }) => count), complete],
            [[Math.min(scanLimit, matching)], scanLimit >= matching],
            `${JSON.stringify(filter)}, scanLimit ${scanLimit}`,
          )
        }
      }
    },
  },
  {
    id: 'count-jobs/just-enough',
    title: 'is complete when a status has exactly scanLimit rows',
    proves: ['count.bounded', 'count.exact'],
    async run({ storage }) {
      await storage.insertJobs([...newJobs(10), ...newJobs(10, { status: 'scheduled' })])
      const { counts, complete } = await storage.countJobs(['status'], { scanLimit: 10 })
      assert.equal(complete, true)
      assert.deepEqual(counts.map((count) => `${count.status ?? ''} ${count.count}`).toSorted(), ['pending 10', 'scheduled 10'])
    },
  },
]
