import { callsTeeth } from './calls.js'
import { claimingTeeth } from './claiming.js'
import { closingTeeth } from './closing.js'
import { insertingTeeth } from './inserting.js'
import { leaseTeeth } from './leases.js'
import { promotingTeeth } from './promoting.js'
import { readingTeeth } from './reading.js'
import { schemaTeeth } from './schema.js'
import { settlingTeeth } from './settling.js'
import { stateTeeth } from './states.js'
import type { Tooth } from './tooth.js'
import { wakeupsTeeth } from './wakeups.js'
import { writingTeeth } from './writing.js'

export { memorySubject, type Tooth } from './tooth.js'
export { toothless } from './toothless.js'

/** Broken storages: each must be caught by the cases that it names. */
export const teeth: Tooth[] = [
  callsTeeth,
  insertingTeeth,
  promotingTeeth,
  claimingTeeth,
  settlingTeeth,
  writingTeeth,
  readingTeeth,
  leaseTeeth,
  stateTeeth,
  schemaTeeth,
  closingTeeth,
  wakeupsTeeth,
].flat()
