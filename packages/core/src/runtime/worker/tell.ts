import { decode } from '../../model/codec.js'
import { decodeFailures } from '../../model/failure.js'
import type { Outcome } from '../../model/outcome.js'
import { decodePolicy } from '../../model/policy.js'
import type { JobRow, Settlement } from '../../model/storage.js'
import type { Emitter } from '../emitter.js'
import type { JobEvent, WorkerEvents } from './events.js'

export function jobEvent(row: JobRow): JobEvent {
  return { id: row.id, type: row.type, queue: row.queue, attempt: row.attempts }
}

export function isLastAttempt(row: JobRow, attempt: number): boolean {
  return attempt > decodePolicy(row.options).maxRetries
}

/** Tells the listeners of a worker what became of a job; nothing is made up for an event that nobody listens to. `duration`: ms of its handler. */
export function tell(events: Emitter<WorkerEvents>, row: JobRow, outcome: Outcome, settlement: Settlement, duration: number): void {
  if (!events.has(outcome)) return
  const job = jobEvent(row)
  const { runAt } = settlement
  const failure = () => decodeFailures(settlement.errors).at(-1)
  if (outcome === 'completed') {
    events.emit(outcome, { ...job, duration, result: settlement.result === null ? null : decode(settlement.result) })
  } else if (outcome === 'retrying') {
    events.emit(outcome, { ...job, duration, runAt, failure: failure(), lastAttempt: isLastAttempt(row, row.attempts + 1) })
  } else if (outcome === 'failed') events.emit(outcome, { ...job, duration, failure: failure() })
  else if (outcome === 'snoozed') events.emit(outcome, { ...job, runAt })
  else events.emit(outcome, job)
}

/** What `onError` is told of a failed attempt. */
export interface AttemptContext extends JobEvent {
  /** False: it failed for good. */
  willRetry: boolean
  /** Epoch ms of the next run; null when there is none. */
  runAt: number | null
}
