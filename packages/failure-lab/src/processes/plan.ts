import type { FaultRates } from '../faults/random-faults.js'

/**
 * - `sigkill`, `sigstop` (until its job is another's), `sigtermOnce`, `sigtermTwice`: a worker in the middle of a job gets it.
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

/** What jobs do to worker after worker goes on while others have their turn, so it comes last. */
const groups: Plan['cruelties'] = [
  ['sigkill', 'sigstop', 'sigtermOnce', 'sigtermTwice', 'sigkillEnqueuer', 'blockedEventLoop', 'ignoredSignal'],
  ['processExit', 'outOfMemory'],
]

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
  /** ms between two calls of theirs on average. */
  breath: number
  /** They wait while more jobs than that are pending. */
  backlog: number
  /** The run goes on at least until so many jobs were enqueued … */
  jobs: number
  /** … for so long … */
  seconds: number
  /** … and until each cruelty was done once. Group after group, again and again; those of a group in an order by the seed, without waiting for each other. */
  cruelties: readonly (readonly Cruelty[])[]
  /** ms between two of a group on average. */
  rest: number
  /** Of each call of workers and enqueuers to the store. */
  faults: FaultRates
}

const small = { workers: 3, concurrency: 10, memory: 64, enqueuers: 1, batch: 5, breath: 100, backlog: 200, jobs: 200 }

/** Each cruelty once, on a network without faults. */
export const cruelPlan: Plan = { ...small, seconds: 0, cruelties: groups, rest: 200, faults: {} }

/** A bad network and cruelties at once, as many as go into some 10 s: those that wait for a lease to run out are left out but one. */
export const mixedPlan: Plan = {
  ...small,
  seconds: 10,
  cruelties: [['sigkill', 'sigtermOnce', 'sigkillEnqueuer']],
  rest: 500,
  faults: { refused: 0.03, answerLost: 0.05, overtaken: 0.02, slow: 0.1, hung: 0.005 },
}

/** Everything at once, and more of it, for minutes to hours: `seconds` and `jobs` say how long. */
export const torturePlan: Plan = {
  ...mixedPlan,
  faults: { refused: 0.01, answerLost: 0.02, overtaken: 0.01, slow: 0.05, hung: 0.002 },
  cruelties: groups,
  workers: 4,
  concurrency: 20,
  memory: 256,
  enqueuers: 2,
  batch: 200,
  breath: 20,
  backlog: 5_000,
  jobs: 0,
  seconds: 300,
  rest: 2_000,
}
