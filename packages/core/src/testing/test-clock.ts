import { aDate } from '../model/check.js'
import { milliseconds, type Duration } from '../model/duration.js'
import { DbjobqError } from '../model/errors.js'
import { ServerClock } from '../runtime/clock.js'

/** The time of a test queue: it stands still until it is moved. */
export class TestClock {
  #time: number

  /** @throws DbjobqError `INVALID_DATE` */
  constructor(now: Date) {
    aDate(now, 'createTestQueue: now')
    this.#time = now.getTime()
  }

  get now(): Date {
    return new Date(this.#time)
  }

  /**
   * Moves on by this much; answers the new time. Nothing runs by it: call `runJobs` next.
   * @throws DbjobqError `INVALID_DURATION`
   */
  advance(by: Duration): Date {
    return this.set(new Date(this.#time + milliseconds(by, 'clock.advance')))
  }

  /**
   * Moves on to this time.
   * @throws DbjobqError `INVALID_DATE`; `INVALID_OPTION` for a time before the present one
   */
  set(to: Date): Date {
    aDate(to, 'clock.set')
    if (to.getTime() < this.#time) {
      const times = `${to.toISOString()} is before ${this.now.toISOString()}`
      throw new DbjobqError('INVALID_OPTION', `clock.set: ${times}. Time does not go back; make another test queue that starts earlier.`)
    }
    this.#time = to.getTime()
    return to
  }
}

/** The time of the store where that is a `TestClock`: nothing is carried on by a clock of this process. */
export class PinnedClock extends ServerClock {
  readonly source: TestClock

  constructor(source: TestClock) {
    super(() => Promise.resolve(source.now.getTime()))
    this.source = source
  }

  override now(): number {
    return this.source.now.getTime()
  }

  override get error(): number {
    return 0
  }

  override get isStale(): boolean {
    return false
  }

  override sync(): Promise<void> {
    return Promise.resolve()
  }
}
