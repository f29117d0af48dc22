import { addFailure, workerLost, type Failure } from './failure.js'
import { decodePolicy, deleteAt, retryDelay } from './policy.js'
import type { JobRow, NewJob, Settlement } from './storage.js'

/** How a claim on a job ended. */
export type Ending =
  | { kind: 'completed'; result: string | null; followUps?: NewJob[] }
  /** The handler threw. `delay` (ms) overrides the stored backoff. */
  | { kind: 'threw'; failure: Failure; delay?: number }
  /** It will never succeed: `PermanentError`, data that does not fit, backoff answered false. */
  | { kind: 'permanent'; failure: Failure }
  /** Put back by the handler for `delay` ms; not counted. */
  | { kind: 'snoozed'; delay: number }
  /** Given back untouched (shutdown, foreign type, lost answer); not counted. `delay` (ms): not before then. */
  | { kind: 'released'; delay?: number }
  /** Its worker is gone; counted only if the handler is known to have started. Cancelled if that was asked for. */
  | { kind: 'rescued' }
  | { kind: 'cancelled' }

/** What became of the job, as events tell it. */
export type Outcome = 'completed' | 'retrying' | 'failed' | 'snoozed' | 'released' | 'rescued' | 'cancelled'

/** THE state machine: the one place that decides what a claimed job becomes. `now` is the time of the store, epoch ms. */
export function settle(job: JobRow, ending: Ending, now: number): { outcome: Outcome; settlement: Settlement } {
  switch (ending.kind) {
    case 'completed':
      return finish(job, now, 'completed', {
        result: ending.result,
        ...(ending.followUps && ending.followUps.length > 0 ? { followUps: ending.followUps } : {}),
      })
    case 'threw':
      return retryOrFail(job, now, ending.failure, ending.delay)
    case 'permanent':
      return finish(job, now, 'failed', { errors: addFailure(job.errors, ending.failure) })
    case 'snoozed':
      return putBack(job, 'snoozed', { runAt: now + ending.delay, now, attempts: job.attempts - 1 })
    case 'released':
      return putBack(job, 'released', {
        runAt: ending.delay === undefined ? job.runAt : now + ending.delay,
        now,
        attempts: job.attempts - 1,
      })
    case 'rescued':
      return rescue(job, now)
    case 'cancelled':
      return finish(job, now, 'cancelled', {})
  }
}

function finish(job: JobRow, now: number, status: 'completed' | 'failed' | 'cancelled', values: Partial<Settlement>) {
  const policy = decodePolicy(job.options)
  // Within its window a job keeps its key, unless it was cancelled before it ran.
  const isInWindow = policy.keyEnd !== null && policy.keyEnd > now
  const releaseKey = !isInWindow || (status === 'cancelled' && job.startedAt === null)
  const settlement: Settlement = {
    ...unchanged(job),
    status,
    finishedAt: now,
    deleteAt: deleteAt(policy, status, now),
    releaseKey,
    ...values,
  }
  return { outcome: status, settlement }
}

function retryOrFail(job: JobRow, now: number, failure: Failure, delay?: number) {
  const policy = decodePolicy(job.options)
  const errors = addFailure(job.errors, failure)
  if (job.attempts > policy.maxRetries) return finish(job, now, 'failed', { errors })
  return putBack(job, 'retrying', { runAt: now + (delay ?? retryDelay(policy, job.attempts)), now, errors })
}

function rescue(job: JobRow, now: number): { outcome: Outcome; settlement: Settlement } {
  const { outcome, settlement } = job.cancelRequestedAt === null ? chargeLost(job, now) : finish(job, now, 'cancelled', {})
  return { outcome, settlement: { ...settlement, forgetClaim: true } }
}

function chargeLost(job: JobRow, now: number): { outcome: Outcome; settlement: Settlement } {
  const failure = workerLost(job.attempts, now)
  const { outcome, settlement } =
    job.startedAt === null
      ? putBack(job, 'rescued', { runAt: job.runAt, now, attempts: job.attempts - 1, errors: addFailure(job.errors, failure) })
      : retryOrFail(job, now, failure)
  return { outcome: outcome === 'failed' ? 'failed' : 'rescued', settlement }
}

function putBack(job: JobRow, outcome: Outcome, { now, ...values }: Partial<Settlement> & { runAt: number; now: number }) {
  const status: Settlement['status'] = values.runAt > now ? 'scheduled' : 'pending'
  return { outcome, settlement: { ...unchanged(job), status, startedAt: null, ...values } }
}

function unchanged(job: JobRow): Settlement {
  return {
    id: job.id,
    claimId: job.claimId ?? '',
    status: 'pending',
    runAt: job.runAt,
    attempts: job.attempts,
    startedAt: job.startedAt,
    finishedAt: null,
    deleteAt: null,
    result: null,
    errors: job.errors,
    releaseKey: false,
    forgetClaim: false,
  }
}
