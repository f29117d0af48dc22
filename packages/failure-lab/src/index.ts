export type { CallFate, FateOf } from './faults/call-fate.js'
export { randomFaults, type FaultRates, type FaultTimes } from './faults/random-faults.js'
export { withFaults } from './faults/with-faults.js'
