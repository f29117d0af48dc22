import { DbjobqError } from '../../model/errors.js'
import type { Outcome } from '../../model/outcome.js'
import type { JobRow, Settlement } from '../../model/storage.js'
import { callSafely, type Emitter } from '../emitter.js'
import type { WorkerEvents } from './events.js'
import type { HeldJob } from './held-job.js'
import { isLastAttempt, jobEvent, tell } from './tell.js'
import type { WorkerOptions } from './worker-options.js'
import { noCounts } from './worker-status.js'

/** Counts and tells what becomes of the jobs of a worker. */
export class Reporter {
  readonly counters = noCounts()
  readonly #events: Emitter<WorkerEvents>
  readonly #onError: WorkerOptions['onError']

  constructor(events: Emitter<WorkerEvents>, onError: WorkerOptions['onError']) {
    this.#events = events
    this.#onError = onError
  }

  started({ row }: HeldJob): void {
    this.counters.started++
    this.#events.emit('started', jobEvent(row))
    if (this.#events.has('lastAttempt') && isLastAttempt(row, row.attempts)) this.#events.emit('lastAttempt', jobEvent(row))
  }

  progress({ row }: HeldJob, progress: unknown): void {
    this.#events.emit('progress', { ...jobEvent(row), progress })
  }

  stuck({ row, reason }: HeldJob): void {
    this.counters.stuck++
    this.#events.emit('stuck', { ...jobEvent(row), reason })
  }

  settled(held: HeldJob, outcome: Outcome, settlement: Settlement): void {
    this.#count(held.row, outcome, settlement, held.duration)
    if (outcome === 'retrying' || outcome === 'failed')
      this.#failed(held.row, held.thrown, outcome === 'retrying' ? settlement.runAt : null)
  }

  /** Of a worker that is gone. */
  rescued(row: JobRow, outcome: Outcome, settlement: Settlement): void {
    this.#count(row, outcome, settlement, 0)
    if (outcome === 'failed') this.#failed(row, new DbjobqError('WORKER_LOST', `The worker that ran job ${row.id} is gone.`), null)
  }

  lost({ row }: HeldJob): void {
    this.counters.leaseLost++
    this.#events.emit('leaseLost', jobEvent(row))
  }

  #count(row: JobRow, outcome: Outcome, settlement: Settlement, duration: number): void {
    this.counters[outcome]++
    tell(this.#events, row, outcome, settlement, duration)
  }

  #failed(row: JobRow, error: unknown, runAt: number | null): void {
    const onError = this.#onError
    if (onError) callSafely('onError', () => onError(error, { ...jobEvent(row), willRetry: runAt !== null, runAt }))
  }
}
