import type { JobQueue, Worker } from '@dbjobq/core'
import type { Owner } from './virtual-time.js'

/** One process of the simulated world: what it opened, and how it is doing. */
export class SimProcess implements Owner {
  readonly name: string
  /** Of the code that it runs: 2 knows a type of job more, and a newer version of another. */
  readonly version: 1 | 2
  isAlive = true
  frozenUntil = 0
  /** No call gets through until then, virtual ms. */
  partitionedUntil = 0
  /** Calls take so much longer until then. */
  slowUntil = 0
  /** ms that its wall clock is off. */
  skew = 0
  isStopping = false
  /** The plan aims at it. */
  isAimedAt = false
  /** Happenings and calls so far, of one that is aimed at. */
  steps = 0
  calls = 0
  queue: JobQueue | undefined
  worker: Worker | undefined
  onStep: (() => void) | undefined

  constructor(name: string, version: 1 | 2) {
    this.name = name
    this.version = version
  }

  /** Stands still until then, virtual ms, as after SIGSTOP or in a loop without end. */
  freeze(until: number): void {
    this.frozenUntil = Math.max(this.frozenUntil, until)
  }
}
