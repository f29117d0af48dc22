import type { NewJob, Settlement } from '@dbjobq/core/storage'
import fc from 'fast-check'
import { between, final, index, moment, orNull, runAtOf, some, texts, waiting } from '../cast.js'
import type { ClaimKind, Pair } from '../pair.js'
import { stepKind } from '../step.js'

const settlement = fc.record({
  claim: fc.nat(20),
  kind: fc.constantFrom<ClaimKind>('live', 'live', 'live', 'live', 'overtaken', 'any'),
  status: some([...waiting, ...final]),
  at: moment,
  attempts: fc.nat(3),
  started: fc.boolean(),
  deleteAt: orNull(moment),
  result: orNull(some(texts)),
  errors: orNull(some(texts)),
  releaseKey: fc.boolean(),
  forgetClaim: fc.boolean(),
  followUps: fc.uniqueArray(index, { maxLength: 3 }),
})

/** Live claims, stale ones, repeated ones, and one that never was. */
export const settleJobs = stepKind(fc.array(settlement, { minLength: 1, maxLength: 4 }), async (pair, given) => {
  const asked = given.map((item) => settlementOf(pair, item, given.length === 1))
  const once = [...new Map(asked.map((item) => [item.id, item])).values()]
  await pair.both((storage) => storage.settleJobs(once))
})

type Given = typeof settlement extends fc.Arbitrary<infer T> ? T : never

function settlementOf(pair: Pair, given: Given, alone: boolean): Settlement {
  const { at, claim: number, kind, started, deleteAt, followUps, status, ...written } = given
  const claim = pair.claim(number, kind)
  const ended = final.includes(status)
  const jobs = followUpsOf(pair, followUps, alone)
  return {
    ...claim,
    ...written,
    status: status as Settlement['status'],
    runAt: runAtOf(at, status, claim.id),
    startedAt: started ? between(at) - 1 : null,
    finishedAt: ended ? between(at) : null,
    deleteAt: ended && deleteAt !== null ? between(deleteAt) : null,
    ...(jobs.length > 0 ? { followUps: jobs } : {}),
  }
}

/** Which of two settlements of one call is first at a key is free, as is which of two follow-ups. */
function followUpsOf(pair: Pair, numbers: number[], alone: boolean): NewJob[] {
  const jobs = numbers.map((number) => pair.job(number))
  const keyless = jobs.filter(({ uniqueKey }) => uniqueKey === null)
  const keyed = jobs.find(({ uniqueKey }) => uniqueKey !== null)
  return alone && keyed ? [...keyless, keyed] : keyless
}
