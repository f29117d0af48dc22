export type { CallFate, FateOf } from './call-fate.js'
export { randomFaults, type FaultRates, type FaultTimes } from './random-faults.js'
export { withFaults, type Ways } from './with-faults.js'
