import { Cron } from 'croner'
import type { Check } from './check.js'
import { describe } from './duration.js'
import { DbjobqError } from './errors.js'
import { Zone } from './schedule-zone.js'

/** A cron expression in a zone, with what becomes of the times that the clocks skip or repeat. */
export interface CronTiming {
  cron: string
  timezone: string
  gap: 'skip' | 'run-after'
  overlap: 'first' | 'both'
}

/** Longer than any repeated stretch of a wall clock. */
const day = 86_400_000
const latest = Date.UTC(9999, 11, 31)

/**
 * The expression is read on a calendar without summer time, which gives wall clock times; the zone's changes of offset are laid over
 * them here. So both DST policies hold for every expression, whatever the parser makes of DST.
 */
export class CronClock {
  readonly #timing: CronTiming
  readonly #zone: Zone
  readonly #cron: Cron

  /** @throws DbjobqError `INVALID_CRON`, `INVALID_TIMEZONE`: what was stored by other code, or on another machine, may be neither here */
  constructor(timing: CronTiming) {
    this.#timing = timing
    this.#cron = parse(timing.cron, 'cron')
    this.#zone = zoneOf(timing.timezone)
  }

  /** The first tick later than `after`, epoch ms; null when there is none until the year 9999. */
  next(after: number): number | null {
    let from = after
    let wall = this.#firstWall(after)
    for (;;) {
      const nextWall = this.#nextWall(wall)
      if (nextWall === null) return null
      const before = this.#zone.offset(from)
      const tick = nextWall - before
      const change = this.#zone.firstChange(from, tick)
      if (change === null) return tick <= latest ? tick : null
      const now = this.#zone.offset(change)
      if (now > before) {
        if (this.#timing.gap === 'run-after' && nextWall < change + now) return change
        wall = change + now - 1
      } else wall = change + (this.#timing.overlap === 'both' ? now : before) - 1
      from = change
    }
  }

  /** Wall clock times up to it are over. */
  #firstWall(after: number): number {
    const wall = after + this.#zone.offset(after)
    if (this.#timing.overlap === 'both') return wall
    // Within the second pass of a repeated stretch, all of it is over.
    const change = this.#zone.firstChange(after - day, after)
    return change === null ? wall : Math.max(wall, change + this.#zone.offset(change - 1) - 1)
  }

  #nextWall(wall: number): number | null {
    return this.#cron.nextRun(new Date(wall))?.getTime() ?? null
  }
}

/** 5 fields, or 6 with seconds first, or a macro like @daily; it must fire some day. */
export const aCron: Check = (value, name) => {
  const cron = parse(value, name)
  if (cron.nextRun(new Date(0)) === null) {
    throw new DbjobqError('INVALID_CRON', `${name} is ${describe(value)}, which never fires. Look at its day and month.`)
  }
}

/** An expression that names its hours means times of the day; one that does not means the passing of time. */
export function defaultDst(cron: string): Pick<CronTiming, 'gap' | 'overlap'> {
  const fields = cron.trim().split(/\s+/)
  const namesHours = fields.length === 1 ? !/^@hourly$/i.test(cron.trim()) : !/[*?]/.test(fields.at(-4) ?? '*')
  return namesHours ? { gap: 'run-after', overlap: 'first' } : { gap: 'skip', overlap: 'both' }
}

function parse(value: unknown, name: string): Cron {
  const help = "Use 5 fields (minute hour day month weekday) like '0 9 * * 1-5', 6 with seconds first, or a macro like '@daily'."
  const refuse = (reason: string, cause?: unknown) =>
    new DbjobqError('INVALID_CRON', `${name} is ${describe(value)}, which is not a cron expression${reason}. ${help}`, { cause })
  if (typeof value !== 'string' || value.length > 256) throw refuse('')
  // The parser takes dates too.
  if (!/^@[a-z]+$/i.test(value.trim()) && !/^(\S+\s+){4,5}\S+$/.test(value.trim())) throw refuse(': it has not 5 or 6 fields')
  try {
    return new Cron(value.trim(), { timezone: 'UTC', mode: '5-or-6-parts' })
  } catch (cause) {
    throw refuse(` (${cause instanceof Error ? cause.message.replace(/^CronPattern: |\.$/g, '') : String(cause)})`, cause)
  }
}

/** Making one takes longer than asking it a hundred times. */
const zones = new Map<string, Zone>()

function zoneOf(name: string): Zone {
  try {
    const zone = zones.get(name) ?? new Zone(name)
    zones.set(name, zone)
    return zone
  } catch (cause) {
    throw new DbjobqError('INVALID_TIMEZONE', `This runtime does not know the time zone ${describe(name)}. Update it.`, { cause })
  }
}
