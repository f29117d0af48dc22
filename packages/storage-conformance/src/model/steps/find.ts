import assert from 'node:assert/strict'
import type { Count, CountDimension, JobFilter } from '@dbjobq/core/storage'
import fc from 'fast-check'
import { groupKeys, index, jobId, queues, some, statuses, types, uniqueKeys, workers } from '../cast.js'
import { everything } from '../pair.js'
import { stepKind } from '../step.js'

const fields = {
  ids: fc.uniqueArray(index).map((numbers) => numbers.map(jobId)),
  status: fc.subarray(statuses),
  queue: fc.subarray([...queues]),
  type: fc.subarray([...types]),
  groupKey: some(groupKeys),
  uniqueKey: some(uniqueKeys),
  workerId: some(workers),
}
const names = Object.keys(fields) as (keyof typeof fields)[]

/** At most two fields, since more match next to nothing in so small a world. */
const filter: fc.Arbitrary<JobFilter> = fc
  .tuple(fc.record(fields), fc.subarray(names, { maxLength: 2 }))
  .map(([full, given]) => Object.fromEntries(given.map((name) => [name, full[name]])))

const page = fc.record(
  { limit: fc.integer({ min: 1, max: 10 }), after: index.map(jobId), order: fc.constantFrom('oldest', 'newest'), summary: fc.boolean() },
  { requiredKeys: ['limit'] },
)

export const findJobs = stepKind(fc.record({ filter, page }), async (pair, given) => {
  await pair.both((storage) => storage.findJobs(given.filter, given.page))
})

const dimensions: CountDimension[] = ['queue', 'status', 'type', 'priority']

/** A count that is not complete may be of any rows, at most `scanLimit` a status; rows that do not match may count against the limit. */
export const countJobs = stepKind(
  fc.record({ by: fc.subarray(dimensions), filter, scanLimit: fc.integer({ min: 1, max: 6 }) }),
  async ({ oracle, store }, { by, filter: matching, scanLimit }) => {
    const actual = await store.countJobs(by, { filter: matching, scanLimit })
    const rows = await oracle.findJobs({}, { limit: everything })
    const fits = statuses.every((status) => rows.filter((row) => row.status === status).length <= scanLimit)
    const bounded = await oracle.countJobs(by, { filter: matching, scanLimit })
    if (fits) assert.equal(actual.complete, true)
    if (actual.complete) {
      assert.equal(bounded.complete, true, 'complete: true, and a status has more than the limit')
      assert.deepEqual(sorted(actual.counts), sorted(bounded.counts))
    }
  },
)

function sorted(counts: Count[]): string[] {
  const text = ({ queue, status, type, priority, count, oldestRunAt }: Count) =>
    JSON.stringify([queue, status, type, priority, count, oldestRunAt])
  return counts
    .filter(({ count }) => count > 0)
    .map(text)
    .sort()
}
