import type { FaultRates } from '../faults/random-faults.js'

/**
 * - `sigkill`, `sigstop` (for twice the lease), `sigtermOnce`, `sigtermTwice`: a worker in the middle of a job gets it.
 * - `processExit`, `outOfMemory`, `blockedEventLoop`, `ignoredSignal`: a job does it to its worker.
 * - `sigkillEnqueuer`: in the middle of its calls.
 */
export type Cruelty =
  | 'sigkill'
  | 'sigstop'
  | 'sigtermOnce'
  | 'sigtermTwice'
  | 'processExit'
  | 'outOfMemory'
  | 'blockedEventLoop'
  | 'ignoredSignal'
  | 'sigkillEnqueuer'

const bySignal: readonly Cruelty[] = ['sigkill', 'sigstop', 'sigtermOnce', 'sigtermTwice', 'sigkillEnqueuer']
const byJob: readonly Cruelty[] = ['processExit', 'outOfMemory', 'blockedEventLoop', 'ignoredSignal']

/** ms: the least that a worker takes. */
export const lease = 3_000

/** What one run of the lab does. */
export interface Plan {
  /** Processes with a worker each; at least 2, so that one is always left alone. */
  workers: number
  /** Handlers at a time in each. */
  concurrency: number
  /** MiB of heap of each process. */
  memory: number
  /** Processes that enqueue. */
  enqueuers: number
  /** Jobs in one call of theirs. */
  batch: number
  /** They wait while more jobs than that are pending. */
  backlog: number
  /** The run goes on at least until so many jobs were enqueued … */
  jobs: number
  /** … for so long … */
  seconds: number
  /** … and until each cruelty was done once. They come group by group, in each in an order by the seed, again and again. */
  cruelties: readonly (readonly Cruelty[])[]
  /** ms between two cruelties on average. */
  rest: number
  /** Of each call of workers and enqueuers to the store. */
  faults: FaultRates
}

const small = { workers: 3, concurrency: 10, memory: 64, enqueuers: 1, batch: 5, backlog: 300, jobs: 100 }

/** Each cruelty once, on a network without faults. What jobs do comes last, since it goes on while others have their turn. */
export const cruelPlan: Plan = { ...small, seconds: 0, cruelties: [bySignal, byJob], rest: 200, faults: {} }

/** A bad network, and nothing else. */
export const faultyPlan: Plan = {
  ...small,
  seconds: 6,
  cruelties: [],
  rest: 0,
  faults: { refused: 0.03, answerLost: 0.05, overtaken: 0.02, slow: 0.1, hung: 0.005 },
}

/** Everything at once. */
export const mixedPlan: Plan = {
  ...small,
  workers: 4,
  enqueuers: 2,
  seconds: 10,
  cruelties: [[...bySignal, ...byJob]],
  rest: 500,
  faults: { refused: 0.01, answerLost: 0.02, overtaken: 0.01, slow: 0.05, hung: 0.002 },
}
