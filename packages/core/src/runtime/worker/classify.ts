import { milliseconds } from '../../model/duration.js'
import type { JobDefinition } from '../../model/definition.js'
import { endingOf, kindOf, type RetryLater } from '../../model/ending-early.js'
import type { DbjobqError } from '../../model/errors.js'
import { toFailure } from '../../model/failure.js'
import type { Ending } from '../../model/outcome.js'
import type { JobRow } from '../../model/storage.js'

/** What a run that threw comes to. `reason`: why its signal was aborted, if it was. */
export function classify(row: JobRow, definition: JobDefinition, thrown: unknown, reason: DbjobqError | undefined, now: number): Ending {
  if (reason?.code === 'JOB_CANCELLED') return { kind: 'cancelled' }
  if (reason?.code === 'SHUTDOWN') return { kind: 'released' }
  const early = endingOf(thrown)
  const kind = early && kindOf(early)
  if (kind === 'snooze') return { kind: 'snoozed', delay: (early as RetryLater).delay }
  const failure = toFailure(reason ?? thrown, row.attempts, now)
  if (kind === 'permanent') return { kind: 'permanent', failure }
  if (kind === 'retry') return { kind: 'threw', failure, delay: (early as RetryLater).delay }
  if (!definition.backoff) return { kind: 'threw', failure }
  return askBackoff(definition.backoff, row.attempts, reason ?? thrown, { kind: 'threw', failure })
}

/** The definition's own function decides; when it throws, the stored backoff does. */
function askBackoff(
  backoff: NonNullable<JobDefinition['backoff']>,
  attempt: number,
  thrown: unknown,
  usual: Ending & { kind: 'threw' },
): Ending {
  try {
    const delay = backoff(attempt, thrown)
    return delay === false ? { kind: 'permanent', failure: usual.failure } : { ...usual, delay: milliseconds(delay, 'backoff') }
  } catch (error) {
    process.emitWarning(`The backoff function of a job threw: ${String(error)}`, { code: 'DBJOBQ_BACKOFF' })
    return usual
  }
}
