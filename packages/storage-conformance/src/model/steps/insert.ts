import fc from 'fast-check'
import { index } from '../cast.js'
import { stepKind } from '../step.js'

export const insertJobs = stepKind(fc.record({ jobs: fc.uniqueArray(index, { minLength: 1, maxLength: 6 }) }), async (pair, { jobs }) => {
  const answers = await pair.both((storage) => storage.insertJobs(jobs.map((number) => pair.job(number))))
  for (const { inserted, id } of answers) if (inserted) pair.present.add(id)
})
