import fc from 'fast-check'
import type { Pair } from '../pair.js'
import type { StepKind } from '../step.js'
import { claimJobs } from './claim.js'
import { countJobs, findJobs } from './find.js'
import { insertJobs } from './insert.js'
import { markJobs } from './mark.js'
import { promoteJobs } from './promote.js'
import { findQueues, putQueue } from './queues.js'
import { deleteJobs, pruneJobs } from './remove.js'
import { settleJobs } from './settle.js'
import { findStates, putState } from './states.js'
import { updateJobs } from './update.js'
import { findOrphans, findWorkers, heartbeat } from './workers.js'

/** How often each is made, by weight. */
const weights = {
  insertJobs: 6,
  promoteJobs: 3,
  claimJobs: 6,
  settleJobs: 6,
  markJobs: 2,
  updateJobs: 4,
  deleteJobs: 1,
  pruneJobs: 2,
  findJobs: 2,
  countJobs: 2,
  heartbeat: 2,
  findWorkers: 1,
  findOrphans: 2,
  putQueue: 1,
  findQueues: 1,
  putState: 2,
  findStates: 1,
}

const writers = {
  insertJobs,
  promoteJobs,
  claimJobs,
  settleJobs,
  markJobs,
  updateJobs,
  deleteJobs,
  pruneJobs,
  heartbeat,
  putQueue,
  putState,
}
const readers = { findJobs, countJobs, findWorkers, findOrphans, findQueues, findStates }

export interface Step {
  member: keyof typeof weights
  given: unknown
}

export const step: fc.Arbitrary<Step> = fc.oneof(
  ...Object.entries({ ...writers, ...readers }).map(([name, kind]) => {
    const member = name as Step['member']
    return { weight: weights[member], arbitrary: (kind.arguments as fc.Arbitrary<unknown>).map((given) => ({ member, given })) }
  }),
)

export async function makeStep(pair: Pair, { member, given }: Step): Promise<void> {
  const kind = { ...writers, ...readers }[member] as StepKind<unknown>
  pair.step++
  await kind.run(pair, given)
  if (member in writers) await pair.compare()
}
