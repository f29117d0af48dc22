import fc from 'fast-check'
import { between, index, jobId, moment, some, texts, workers } from '../cast.js'
import { stepKind } from '../step.js'

const beat = fc.record({
  worker: some(workers),
  at: moment,
  lease: fc.integer({ min: -1, max: 3 }),
  first: fc.boolean(),
  info: some(texts),
})

export const heartbeat = stepKind(beat, async (pair, { worker, at, lease, first, info }) => {
  const asked = { workerId: worker, info, now: between(at), leaseUntil: between(at + lease), first: first && lease > 0 }
  await pair.both(
    (storage) => storage.heartbeat(asked),
    ({ alive, claims }) => ({ alive, claims: claims.toSorted((a, b) => (a.id < b.id ? -1 : 1)) }),
  )
})

export const findWorkers = stepKind(fc.constant({}), async (pair) => {
  await pair.both((storage) => storage.findWorkers())
})

const orphans = fc.record({ at: moment, limit: fc.integer({ min: 1, max: 8 }), after: index.map(jobId) }, { requiredKeys: ['at', 'limit'] })

export const findOrphans = stepKind(orphans, async (pair, { at, ...rest }) => {
  await pair.both((storage) => storage.findOrphans({ now: between(at), ...rest }))
})
