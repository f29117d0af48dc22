import { aName } from '../../model/check.js'
import { DbjobqError } from '../../model/errors.js'
import { decodeSchedule, encodeSchedule, type ScheduleRecord } from '../../model/schedule-record.js'
import type { NextTick } from '../../model/schedule-timing.js'
import type { NewJob, State } from '../../model/storage.js'
import { hintsOf } from '../hints.js'
import type { Store } from '../store.js'

const kind = 'schedule'
/** How often a change that lost a race looks again. */
const looks = 20

export interface Found {
  record: ScheduleRecord
  next: NextTick
  dueAt: number | null
}

interface Written {
  record: ScheduleRecord
  dueAt: number | null
  jobs?: NewJob[]
  /** Once this is written, the change looks again. */
  again?: boolean
}

/** What to write for what was found; null = nothing, it is as wanted. */
export type Change = (found: Found | null, now: number) => Written | null

/** Schedules as the storage has them: read, and changed by compare-and-set, so that no change and no tick of another process is lost. */
export class ScheduleStates<Tx> {
  readonly #store: Store<Tx>

  constructor(store: Store<Tx>) {
    this.#store = store
  }

  /** @throws DbjobqError `SCHEDULE_UNREADABLE` */
  async find(id: string, method: string): Promise<Found | null> {
    const state = await this.#find(id, method)
    return state ? { ...decodeSchedule(id, state.text), dueAt: state.dueAt } : null
  }

  orThrow(id: string, found: Found | null): Found {
    if (!found) throw new DbjobqError('SCHEDULE_NOT_FOUND', `There is no schedule ${id}. Add it with schedules.upsert.`)
    return found
  }

  /** Answers what is stored now. */
  async change(id: string, method: string, change: Change): Promise<Pick<Found, 'record' | 'dueAt'>> {
    const { storage, clock, hints } = this.#store
    for (let lost = 0; lost < looks;) {
      const state = await this.#find(id, method)
      const found = state ? { ...decodeSchedule(id, state.text), dueAt: state.dueAt } : null
      const written = change(found, clock.now())
      if (!written) return this.orThrow(id, found)
      const { record, dueAt, jobs, again } = written
      const isWritten = await storage.putState({ kind, id, dueAt, text: encodeSchedule(record) }, state?.revision ?? null, jobs)
      if (!isWritten) lost++
      else {
        for (const hint of hintsOf(jobs ?? [])) hints.send(hint)
        if (again) continue
        hints.send({ kind: 'schedule' })
        return written
      }
    }
    throw contention(id, method)
  }

  async delete(id: string): Promise<boolean> {
    for (let lost = 0; lost < looks; lost++) {
      const state = await this.#find(id, 'delete')
      if (!state) return false
      if (await this.#store.storage.putState({ kind, id, dueAt: null, text: null }, state.revision)) return true
    }
    throw contention(id, 'delete')
  }

  async #find(id: string, method: string): Promise<State | undefined> {
    aName(id, `schedules.${method}: id`)
    await this.#store.ready()
    return (await this.#store.storage.findStates({ kind, ids: [id] }, { limit: 1 }))[0]
  }
}

function contention(id: string, method: string): DbjobqError {
  return new DbjobqError('CONTENTION', `schedules.${method}: schedule ${id} was changed by others ${looks} times meanwhile. Try again.`)
}
