import type { JobUpdate } from '@dbjobq/core/storage'
import fc from 'fast-check'
import { between, final, index, jobId, moment, orNull, queues, runAtOf, some, statuses, texts, uniqueKeys, waiting } from '../cast.js'
import { stepKind } from '../step.js'

type Change = Pick<JobUpdate, 'from' | 'set'>
const key = orNull(some(uniqueKeys))

/** A running job keeps its status. */
const askCancel: fc.Arbitrary<Change> = moment.map((at) => ({ from: ['running'], set: { cancelRequestedAt: between(at) } }))

const finish: fc.Arbitrary<Change> = fc
  .record({ from: fc.subarray(waiting, { minLength: 1 }), status: some(final), at: moment, deleteAt: orNull(moment.map(between)) })
  .map(({ from, status, at, deleteAt }) => ({ from, set: { status, finishedAt: between(at), deleteAt, uniqueKey: null } }))

const redrive: fc.Arbitrary<Change> = fc
  .record({ from: fc.subarray(final, { minLength: 1 }), status: some(waiting), attempts: fc.nat(2), uniqueKey: key })
  .map(({ from, ...set }) => {
    const cleared = { startedAt: null, finishedAt: null, deleteAt: null, cancelRequestedAt: null, result: null }
    return { from, set: { ...set, ...cleared } }
  })

const edit: fc.Arbitrary<Change> = fc
  .record({
    from: fc.subarray(statuses.filter((status) => status !== 'running')),
    set: fc.record(
      {
        queue: some(queues),
        priority: fc.integer({ min: -32_768, max: 32_767 }),
        data: some(texts),
        options: some(texts),
        uniqueKey: key,
        errors: orNull(some(texts)),
      },
      { requiredKeys: [] },
    ),
  })
  .filter(({ set }) => Object.keys(set).length > 0)

const update = fc.record({
  job: index,
  apt: fc.constantFrom(true, true, false),
  at: moment,
  change: fc.oneof(askCancel, finish, redrive, edit),
})

/** Row by row in the order given: a job may come twice, and a key go from one to the next. */
export const updateJobs = stepKind(fc.array(update, { minLength: 1, maxLength: 4 }), async (pair, given) => {
  const updates = given.map(({ job, apt, at, change: { from, set } }) => {
    const id = apt ? pair.idAmong(job, from) : jobId(job)
    const { status } = set
    return { id, from, set: status === 'scheduled' || status === 'pending' ? { ...set, runAt: runAtOf(at, status, id) } : set }
  })
  await pair.both((storage) => storage.updateJobs(updates))
})
