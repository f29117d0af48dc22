import type { Plan } from './plan.js'

/** What a process of the crew is told in its arguments. */
export interface Orders {
  role: 'worker' | 'enqueuer'
  name: string
  /** Path of a file that exports `open()`. */
  module: string
  /** Of the ledgers. */
  folder: string
  plan: Plan
  seed: number
}

/** What it tells ten times a second; the numbers since it started. */
export interface Report {
  stage: 'starting' | 'working' | 'stopping' | 'ended'
  /** Jobs to whose worker something is done, as long as they run here. */
  targets: string[]
  began: number
  ended: number
  lost: number
  enqueued: number
  calls: number
  /** By injected faults. */
  failedCalls: number
  troubles: number
}
