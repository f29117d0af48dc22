import fc from 'fast-check'
import { between, moment, some, texts } from '../cast.js'
import { stepKind } from '../step.js'

const mark = fc
  .record(
    { claim: fc.nat(20), live: fc.boolean(), startedAt: moment.map(between), progress: some(texts) },
    { requiredKeys: ['claim', 'live'] },
  )
  .filter((given) => 'startedAt' in given || 'progress' in given)

export const markJobs = stepKind(fc.array(mark, { minLength: 1, maxLength: 3 }), async (pair, given) => {
  const marks = given.map(({ claim, live, ...set }) => ({ ...pair.claim(claim, live), ...set }))
  const once = [...new Map(marks.map((item) => [item.id, item])).values()]
  await pair.both((storage) => storage.markJobs(once))
})
