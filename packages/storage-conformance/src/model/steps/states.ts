import fc from 'fast-check'
import { between, index, kinds, moment, orNull, some, stateIds, texts } from '../cast.js'
import { stepKind } from '../step.js'

const write = fc.record({
  kind: some(kinds),
  id: some(stateIds),
  dueAt: orNull(moment.map(between)),
  text: orNull(some(texts)),
  /** What is added to the revision that is there; 0 is let through. */
  off: fc.constantFrom(0, 0, 0, 1, -1),
  job: fc.option(index, { nil: undefined }),
})

export const putState = stepKind(write, async (pair, { kind, id, dueAt, text, off, job }) => {
  const [there] = await pair.oracle.findStates({ kind, ids: [id] }, { limit: 1 })
  const revision = (there?.revision ?? 0) + off
  const expected = revision === 0 ? null : revision
  if (text === null && expected === null) return
  const jobs = job === undefined || text === null ? [] : [pair.job(job)]
  await pair.both((storage) => storage.putState({ kind, id, dueAt, text }, expected, jobs))
})

const question = fc.record(
  {
    kind: some(kinds),
    ids: fc.subarray([...stateIds]),
    dueBefore: moment.map(between),
    limit: fc.integer({ min: 1, max: 3 }),
    after: some(stateIds),
  },
  { requiredKeys: ['kind', 'limit'] },
)

export const findStates = stepKind(question, async (pair, { limit, after, ...filter }) => {
  await pair.both((storage) => storage.findStates(filter, after === undefined ? { limit } : { limit, after }))
})
