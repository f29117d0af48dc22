import assert from 'node:assert/strict'
import fc from 'fast-check'
import { between, final, index, jobId, moment, some, statuses } from '../cast.js'
import { everything } from '../pair.js'
import { stepKind } from '../step.js'

const deletion = fc.record(
  { jobs: fc.uniqueArray(index, { maxLength: 4 }), from: fc.uniqueArray(some(statuses), { maxLength: 4 }) },
  { requiredKeys: ['jobs'] },
)

export const deleteJobs = stepKind(deletion, async (pair, { jobs, from }) => {
  const deleted = await pair.both(
    (storage) => storage.deleteJobs(jobs.map(jobId), from ? { from } : {}),
    (ids) => ids.toSorted(),
  )
  for (const id of deleted) pair.present.delete(id)
})

/** Which of the due ones a limit leaves is free, so the oracle loses those that the store removed. */
export const pruneJobs = stepKind(fc.record({ at: moment, limit: fc.integer({ min: 1, max: 3 }) }), async (pair, { at, limit }) => {
  const { oracle, store } = pair
  const finished = await oracle.findJobs({ status: final }, { limit: everything })
  const due = finished.filter(({ deleteAt }) => deleteAt !== null && deleteAt <= between(at)).map(({ id }) => id)
  const count = await store.pruneJobs({ now: between(at), limit })
  assert.equal(count, Math.min(limit, due.length))
  const left = await store.findJobs({ ids: due }, { limit: everything })
  const gone = due.filter((id) => left.every((row) => row.id !== id))
  assert.equal(gone.length, count, 'pruned others than those due')
  await oracle.deleteJobs(gone)
  for (const id of gone) pair.present.delete(id)
})
