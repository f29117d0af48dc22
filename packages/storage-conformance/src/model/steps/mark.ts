import fc from 'fast-check'
import { between, moment, some, texts } from '../cast.js'
import type { ClaimKind } from '../pair.js'
import { stepKind } from '../step.js'

const mark = fc
  .record(
    {
      claim: fc.nat(20),
      kind: fc.constantFrom<ClaimKind>('live', 'overtaken', 'any'),
      startedAt: moment.map(between),
      progress: some(texts),
    },
    { requiredKeys: ['claim', 'kind'] },
  )
  .filter((given) => 'startedAt' in given || 'progress' in given)

export const markJobs = stepKind(fc.array(mark, { minLength: 1, maxLength: 3 }), async (pair, given) => {
  const marks = given.map(({ claim, kind, ...set }) => ({ ...pair.claim(claim, kind), ...set }))
  const once = [...new Map(marks.map((item) => [item.id, item])).values()]
  await pair.both((storage) => storage.markJobs(once))
})
