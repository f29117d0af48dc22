import type { Enqueued, JobStatus } from '@dbjobq/core'

interface Told {
  /** The process that wrote it. */
  by: string
  /** Epoch ms of this machine. */
  at: number
}

/** How a handler ended. `aborted`: by its signal, for `reason`. */
export type RunEnd = 'returned' | 'threw' | 'snoozed' | 'aborted'

export type Settled = 'completed' | 'retrying' | 'failed' | 'cancelled' | 'snoozed' | 'released'

export interface BeganLine extends Told {
  kind: 'began'
  id: string
  type: string
  attempt: number
  /** Unique among all runs of all handlers. */
  run: string
}
export interface EndedLine extends Told {
  kind: 'ended'
  id: string
  run: string
  how: RunEnd
  reason?: string
}
/** The worker heard that this was written, by itself or as a rescue. */
export interface SettledLine extends Told {
  kind: 'settled'
  id: string
  attempt: number
  outcome: Settled
}
/** The worker no longer held the job. */
export interface LostLine extends Told {
  kind: 'lost'
  id: string
  attempt: number
}
/** The handler goes on though the job was settled without it. */
export interface StuckLine extends Told {
  kind: 'stuck'
  id: string
  attempt: number
}
/** About to enqueue so many. Without an answer to it nobody knows how many of them the store took. */
export interface AskedLine extends Told {
  kind: 'asked'
  count: number
}
export interface EnqueuedLine extends Told {
  kind: 'enqueued'
  id: string
  outcome: Enqueued['outcome']
  key?: string
}
/** So many were surely not taken. */
export interface RefusedLine extends Told {
  kind: 'refused'
  count: number
}
export interface CancelLine extends Told {
  kind: 'cancel'
  id: string
}
/** It is done to the worker `victim` while that runs the job. */
export interface CrueltyLine extends Told {
  kind: 'cruelty'
  cruelty: string
  victim: string
  id: string
}
/** The process `by` ended, through `cruelty` or of itself. */
export interface ProcessLine extends Told {
  kind: 'process'
  cruelty: string | null
  code: number | null
  signal: string | null
}

/** One line of a ledger. */
export type Line =
  | BeganLine
  | EndedLine
  | SettledLine
  | LostLine
  | StuckLine
  | AskedLine
  | EnqueuedLine
  | RefusedLine
  | CancelLine
  | CrueltyLine
  | ProcessLine

/** What the store holds of a job at the end. */
export interface RowLine {
  kind: 'row'
  id: string
  type: string
  status: JobStatus
  attempts: number
  maxRetries: number
  /** The run whose result is stored. */
  run: string | null
  /** It is a follow-up, or of a schedule: nobody enqueued it. */
  isMadeByStore: boolean
}
/** A follow-up of the job `id` is in the store. */
export interface FollowUpLine {
  kind: 'followUp'
  id: string
}
