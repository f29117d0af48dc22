import type { SimProcess } from './sim-process.js'

/** One run of a handler, from its first to its last line. */
export interface Run {
  jobId: string
  attempt: number
  process: SimProcess
  signal: AbortSignal
  /** Virtual ms. */
  beganAt: number
  endedAt: number | undefined
  ended: 'well' | 'badly' | undefined
}

/** What is known of the world apart from what the store says. */
export class Ledger {
  readonly runs = new Map<string, Run[]>()
  /** Jobs that the producers were told are stored. */
  readonly acknowledged = new Set<string>()
  /** Jobs that somebody ran again, deleted or may have: their story begins anew or ends. */
  readonly retried = new Set<string>()
  readonly deleted = new Set<string>()
  /** `process job`: told by a worker that it no longer held the job. */
  readonly lost = new Set<string>()
  /** `schedule tick` to the ids of the jobs that came for it. */
  readonly ticks = new Map<string, Set<string>>()

  begin(run: Omit<Run, 'endedAt' | 'ended'>): Run {
    const begun: Run = { ...run, endedAt: undefined, ended: undefined }
    const runs = this.runs.get(run.jobId) ?? []
    this.runs.set(run.jobId, [...runs, begun])
    return begun
  }

  tick(schedule: string, tick: Date, jobId: string): void {
    const key = `${schedule} ${tick.toISOString()}`
    this.ticks.set(key, (this.ticks.get(key) ?? new Set()).add(jobId))
  }
}
