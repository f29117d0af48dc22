import { decodeFailures } from '../../model/failure.js'
import type { Outcome } from '../../model/outcome.js'
import type { JobRow } from '../../model/storage.js'
import type { Emitter } from '../emitter.js'
import type { JobEvent, WorkerEvents } from './events.js'

export function jobEvent(row: JobRow): JobEvent {
  return { id: row.id, type: row.type, queue: row.queue, attempt: row.attempts }
}

/** Tells the listeners of a worker what became of a job; nothing is made up for an event that nobody listens to. */
export function tell(events: Emitter<WorkerEvents>, row: JobRow, outcome: Outcome, runAt: number, errors: string | null): void {
  if (!events.has(outcome)) return
  const job = jobEvent(row)
  if (outcome === 'retrying') events.emit(outcome, { ...job, runAt, failure: decodeFailures(errors).at(-1) })
  else if (outcome === 'failed') events.emit(outcome, { ...job, failure: decodeFailures(errors).at(-1) })
  else if (outcome === 'snoozed') events.emit(outcome, { ...job, runAt })
  else events.emit(outcome, job)
}
