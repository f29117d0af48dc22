import { aDate, aName, anInteger, checkOptions } from '../../model/check.js'
import type { Schedule } from '../../model/schedule.js'
import { toSchedule } from '../../model/schedule.js'
import { checkSchedule, timingOf, type ScheduleOptions, type ScheduleTiming } from '../../model/schedule-options.js'
import { decodeSchedule } from '../../model/schedule-record.js'
import { nextTickOf, ticksAfter } from '../../model/schedule-timing.js'
import type { Enqueued } from '../queue/enqueuer.js'
import { hintsOf } from '../hints.js'
import type { Store } from '../store.js'
import { toSpec } from './spec.js'
import { ScheduleStates } from './states.js'
import { tickJob } from './tick-job.js'
import { upsertion } from './upsertion.js'

export interface ListSchedulesOptions {
  /** 1 to 1,000. Default 100. */
  limit?: number
  /** `next` of the page before. */
  after?: string
}

export interface PreviewOptions {
  /** Ticks later than it. Default now. */
  from?: Date
}

/** `queue.schedules`: what is enqueued at fixed times. Every worker enqueues for all schedules, unless made with `schedules: false`; each tick comes once. */
export class Schedules<Tx = never> {
  readonly #store: Store<Tx>
  readonly #states: ScheduleStates<Tx>

  constructor(store: Store<Tx>) {
    this.#store = store
    this.#states = new ScheduleStates(store)
  }

  /**
   * Adds a schedule, or changes the one with this id. The same again changes nothing, so call it at every start, from every process.
   * A changed one keeps what it can: whether it is paused, what `every` is counted from, and, when its times did not change, its next tick.
   * `id`: 1 to 128 of `[A-Za-z0-9._:/@-]`.
   * @throws DbjobqError `INVALID_CRON` (also when it never fires), `INVALID_TIMEZONE`, `INVALID_OPTION`, `INVALID_NAME`, `INVALID_DURATION`, `INVALID_DATE`,
   * `VALIDATION_FAILED`, `INVALID_PAYLOAD`, `PAYLOAD_TOO_LARGE`, before anything is written; `SCHEDULE_UNREADABLE` when newer code stored it
   */
  async upsert<Input, Output, Result>(id: string, options: ScheduleOptions<Input, Output, Result>): Promise<Schedule<Input>> {
    aName(id, 'schedules.upsert: id')
    checkSchedule('schedules.upsert', options)
    const change = upsertion(id, await toSpec(options), this.#store.ids)
    const { record, dueAt } = await this.#states.change(id, 'upsert', change)
    return toSchedule<Input>(id, record, dueAt)
  }

  /** The schedule, or null when there is none. @throws DbjobqError `SCHEDULE_UNREADABLE` */
  async get(id: string): Promise<Schedule | null> {
    const found = await this.#states.find(id, 'get')
    return found && toSchedule(id, found.record, found.dueAt)
  }

  /** A page by id; `next` is what to pass as `after` for the page that follows. `unreadable`: ids of those that newer code stored. */
  async list(options: ListSchedulesOptions = {}): Promise<{ schedules: Schedule[]; unreadable: string[]; next: string | null }> {
    checkOptions('schedules.list', options, { limit: anInteger(1, 1_000), after: aName })
    const { limit = 100, after } = options
    await this.#store.ready()
    const page = { limit: limit + 1, ...(after === undefined ? {} : { after }) }
    const states = await this.#store.storage.findStates({ kind: 'schedule' }, page)
    const schedules: Schedule[] = []
    const unreadable: string[] = []
    for (const { id, text, dueAt } of states.slice(0, limit)) {
      try {
        schedules.push(toSchedule(id, decodeSchedule(id, text).record, dueAt))
      } catch {
        unreadable.push(id)
      }
    }
    return { schedules, unreadable, next: states.length > limit ? (states[limit - 1]?.id ?? null) : null }
  }

  /** No ticks until `resume`. Jobs that it enqueued go on. @throws DbjobqError `SCHEDULE_NOT_FOUND`, `SCHEDULE_UNREADABLE` */
  async pause(id: string): Promise<void> {
    await this.#states.change(id, 'pause', (found, now) => {
      const { record } = this.#states.orThrow(id, found)
      return record.pausedAt === null ? { record: { ...record, pausedAt: now }, dueAt: null } : null
    })
  }

  /** Goes on with the next tick from now; those of the pause are not made up for. @throws DbjobqError `SCHEDULE_NOT_FOUND`, `SCHEDULE_UNREADABLE` */
  async resume(id: string): Promise<void> {
    await this.#states.change(id, 'resume', (found, now) => {
      const { record, next } = this.#states.orThrow(id, found)
      const after = Math.max(now, record.lastTick ?? 0)
      return record.pausedAt === null ? null : { record: { ...record, pausedAt: null }, dueAt: next(after) }
    })
  }

  /**
   * Enqueues one job now, also of a paused schedule; its next tick stays. With `overlap: 'skip'` it may answer `duplicate`, with the job that is alive.
   * @throws DbjobqError `SCHEDULE_NOT_FOUND`, `SCHEDULE_UNREADABLE`
   */
  async runNow(id: string): Promise<Enqueued> {
    const { record } = this.#states.orThrow(id, await this.#states.find(id, 'runNow'))
    const { storage, clock, ids, hints } = this.#store
    const now = clock.now()
    const job = tickJob(id, record.spec, now, ids.next(now), now)
    const [answer = { inserted: false, id: job.id }] = await storage.insertJobs([job])
    for (const hint of hintsOf([job])) hints.send(hint)
    return { id: answer.id, outcome: answer.inserted ? 'enqueued' : 'duplicate' }
  }

  /** False: there was none. Jobs that it enqueued go on. */
  delete(id: string): Promise<boolean> {
    return this.#states.delete(id)
  }

  /**
   * The next `count` ticks (1 to 1,000, default 10) of a schedule, or of a definition that is not stored; fewer where it ends. Of a paused one those it would have.
   * @throws DbjobqError `SCHEDULE_NOT_FOUND`, `SCHEDULE_UNREADABLE`, or as `upsert`
   */
  async preview(schedule: string | ScheduleTiming, count = 10, options: PreviewOptions = {}): Promise<Date[]> {
    anInteger(1, 1_000)(count, 'schedules.preview: count')
    checkOptions('schedules.preview', options, { from: aDate })
    if (typeof schedule !== 'string') checkSchedule('schedules.preview', schedule)
    await this.#store.ready()
    const from = options.from?.getTime() ?? this.#store.clock.now()
    const next =
      typeof schedule === 'string'
        ? this.#states.orThrow(schedule, await this.#states.find(schedule, 'preview')).next
        : nextTickOf(timingOf(schedule), from)
    return ticksAfter(next, from, count).map((tick) => new Date(tick))
  }
}
