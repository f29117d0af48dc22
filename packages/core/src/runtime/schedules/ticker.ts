import { DbjobqError, StorageError } from '../../model/errors.js'
import { decodeSchedule, encodeSchedule } from '../../model/schedule-record.js'
import type { State } from '../../model/storage.js'
import { hintsOf } from '../hints.js'
import { Loop, type Reports } from '../loop.js'
import type { Store } from '../store.js'
import { advance } from './advance.js'

/** Another process may have added an earlier tick. ms */
const lookEvery = 30_000
const pageSize = 100

interface TickerOptions {
  store: Store
  reports: Reports
}

/**
 * Enqueues the jobs of schedules at their ticks. Any number of tickers may do it at once, none leads: the compare-and-set that moves
 * a schedule on lets one of them through, and carries the job.
 */
export class Ticker {
  readonly #store: Store
  readonly #onTrouble: (error: unknown) => void
  readonly #loop: Loop
  /** Schedules, by id and revision, whose trouble was told. */
  readonly #told = new Set<string>()
  #isStopping = false
  #release: (() => void) | undefined

  constructor({ store, reports }: TickerOptions) {
    this.#store = store
    this.#onTrouble = reports.onTrouble
    this.#loop = new Loop(() => this.look(), reports.onTrouble, reports.onTurned)
  }

  start(): void {
    this.#release = this.#store.hints.listen((hint) => {
      if (hint.kind === 'schedule' || hint.kind === 'look') this.#loop.wake()
    })
    this.#loop.start()
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    this.#release?.()
    await this.#loop.stop()
  }

  /** Enqueues what is due; answers the ms until the next tick that is known. */
  async look(): Promise<number> {
    const { storage, clock } = this.#store
    if (clock.isStale) await clock.sync()
    const now = clock.now()
    let soonest = now + lookEvery
    let after: string | undefined
    do {
      const page = { limit: pageSize, ...(after === undefined ? {} : { after }) }
      const states = await storage.findStates({ kind: 'schedule', dueBefore: soonest + 1 }, page)
      for (const state of states) {
        if (this.#isStopping) return 0
        const dueAt = (state.dueAt ?? Infinity) > now ? state.dueAt : await this.#tryTick(state)
        soonest = Math.min(soonest, dueAt ?? Infinity)
      }
      after = states.length === pageSize ? states.at(-1)?.id : undefined
    } while (after !== undefined)
    return Math.max(0, soonest - clock.now())
  }

  /** Answers the tick that follows, if known. A schedule that cannot be read, or whose job no storage takes, does not hold up the others. */
  async #tryTick(state: State): Promise<number | null> {
    try {
      return await this.#tick(state)
    } catch (error) {
      if (error instanceof StorageError && error.retryable) throw error
      const key = `${state.id} ${state.revision}`
      if (!this.#told.has(key)) this.#onTrouble(error)
      this.#told.add(key)
      return null
    }
  }

  async #tick({ id, dueAt, revision, text }: State): Promise<number | null> {
    const { storage, clock, ids, hints } = this.#store
    const now = clock.now()
    const advanced = advance(id, { ...decodeSchedule(id, text), dueAt }, now, ids)
    const state = { kind: 'schedule', id, dueAt: advanced.dueAt, text: encodeSchedule(advanced.record) }
    // Another one was faster, or the schedule was changed: look again.
    if (!(await storage.putState(state, revision, advanced.jobs))) return now
    for (const hint of hintsOf(advanced.jobs)) hints.send(hint)
    if (advanced.dropped) this.#onTrouble(dropped(id, advanced.record.spec.maxMissed))
    return advanced.dueAt
  }
}

function dropped(id: string, maxMissed: number): DbjobqError {
  const message = `Schedule ${id} missed more than ${maxMissed} ticks. The newest ${maxMissed} are enqueued, the older ones are not.`
  return new DbjobqError('SCHEDULE_TICKS_DROPPED', `${message} Raise maxMissed, or use missed: 'once'.`)
}
