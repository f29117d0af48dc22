import type { Check } from './check.js'
import { describe } from './duration.js'
import { DbjobqError } from './errors.js'

/** Shorter than the time between two changes of one zone's offset; those of Ramadan, the nearest, are weeks apart. */
const stride = 7 * 86_400_000

/** A time zone's offset from UTC, as the runtime's own time zone data has it. */
export class Zone {
  readonly #format: Intl.DateTimeFormat

  /** `name`: an IANA zone that `aTimeZone` let pass. */
  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
  }

  /** ms to add to the instant (epoch ms) to read its wall clock as if it were UTC. */
  offset(instant: number): number {
    // "1/1/2026, GMT+05:30", and just GMT for zero.
    const [, sign, hours, minutes, seconds = '0'] = /([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(this.#format.format(instant)) ?? []
    if (sign === undefined) return 0
    return (sign === '-' ? -1_000 : 1_000) * (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds))
  }

  /** The first instant in (from, to] with another offset than the instant before it. */
  firstChange(from: number, to: number): number | null {
    for (let start = from; start < to; start += stride) {
      const end = Math.min(start + stride, to)
      const before = this.offset(start)
      if (this.offset(end) !== before) return this.#changeBetween(start, end, before)
    }
    return null
  }

  #changeBetween(start: number, end: number, before: number): number {
    while (end - start > 1) {
      const middle = Math.floor((start + end) / 2)
      if (this.offset(middle) === before) start = middle
      else end = middle
    }
    return end
  }
}

/** An IANA name. Offsets like +02:00 are refused: they know nothing of summer time, and not every runtime takes them. */
export const aTimeZone: Check = (value, name) => {
  if (typeof value === 'string' && /^[A-Za-z]/.test(value)) {
    try {
      new Intl.DateTimeFormat('en-US', { timeZone: value })
      return
    } catch {
      // Told below.
    }
  }
  const help = "Use an IANA name like 'Europe/Berlin' or 'UTC'."
  throw new DbjobqError('INVALID_TIMEZONE', `${name} is ${describe(value)}, which is not a time zone this runtime knows. ${help}`)
}
