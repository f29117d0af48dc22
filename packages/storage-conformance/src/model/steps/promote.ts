import fc from 'fast-check'
import { between, moment } from '../cast.js'
import { stepKind } from '../step.js'

export const promoteJobs = stepKind(fc.record({ at: moment, limit: fc.integer({ min: 1, max: 12 }) }), async (pair, { at, limit }) => {
  await pair.both(
    (storage) => storage.promoteJobs({ now: between(at), limit }),
    ({ queues, ...rest }) => ({ queues: queues.toSorted(), ...rest }),
  )
})
