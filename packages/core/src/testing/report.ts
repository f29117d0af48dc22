import type { Outcome } from '../model/outcome.js'

/** What a run came to, as the events of a worker name it; `lost`: another took the job, so nothing was recorded. */
export type RunOutcome = Exclude<Outcome, 'rescued'> | 'lost'

/** One run of one job. */
export interface JobRun {
  id: string
  type: string
  queue: string
  /** As it is stored: before the schema of the job changed it. */
  data: unknown
  /** 1 for the first. */
  attempt: number
  outcome: RunOutcome
  /** What the handler returned; undefined unless completed. */
  result: unknown
  /** What it threw, the same object; or why it was aborted. Undefined unless it failed. */
  error: unknown
  /** When it runs again; null when it does not. */
  runAt: Date | null
}

export interface RunReport {
  /** Every run, in the order of their ends. */
  runs: JobRun[]
  /** The last run of each job, in the order of their first ends. */
  jobs: JobRun[]
  /** How many of `jobs` came to what. */
  counts: Record<RunOutcome, number>
}

export function report(runs: JobRun[]): RunReport {
  const jobs = [...new Map(runs.map((run) => [run.id, run])).values()]
  const counts = { completed: 0, retrying: 0, failed: 0, snoozed: 0, released: 0, cancelled: 0, lost: 0 }
  for (const { outcome } of jobs) counts[outcome]++
  return { runs, jobs, counts }
}
