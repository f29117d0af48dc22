import { milliseconds, type Duration } from './duration.js'

/** Known across copies of this package in one process, where `instanceof` is not. */
const marker = Symbol.for('dbjobq.ending')

/** Thrown by a handler: the job will never succeed, so it fails now, without the retries that are left. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError'
  readonly [marker] = 'permanent'
}

/** Thrown by a handler: failed, try again after exactly this delay. Counts as an attempt. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater'
  readonly [marker] = 'retry'
  /** ms */
  readonly delay: number
  /** @throws DbjobqError `INVALID_DURATION` */
  constructor(delay: Duration, message = 'asked to be retried later', options?: ErrorOptions) {
    super(message, options)
    this.delay = milliseconds(delay, 'RetryLater')
  }
}

/** Thrown by a handler: nothing failed, put the job back for this long. Does not count as an attempt and leaves no error. */
export class Snooze extends Error {
  override readonly name = 'Snooze'
  readonly [marker] = 'snooze'
  /** ms */
  readonly delay: number
  /** @throws DbjobqError `INVALID_DURATION` */
  constructor(delay: Duration) {
    super('snoozed')
    this.delay = milliseconds(delay, 'Snooze')
  }
}

/** The error as one of the three, if it is one. Never throws, even for a value that throws when looked at. */
export function endingOf(thrown: unknown): PermanentError | RetryLater | Snooze | undefined {
  try {
    return typeof thrown === 'object' && thrown !== null && marker in thrown ? (thrown as PermanentError | RetryLater | Snooze) : undefined
  } catch {
    return undefined
  }
}

/** Which of the three it is. */
export function kindOf(ending: PermanentError | RetryLater | Snooze): 'permanent' | 'retry' | 'snooze' {
  return ending[marker]
}
