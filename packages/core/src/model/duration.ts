import { DbjobqError } from './errors.js'

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
type Unit = keyof typeof units

/** Milliseconds, or a whole or decimal number with a unit: `'250ms'`, `'30s'`, `'1.5h'`, `'7d'`, `'2w'`. */
export type Duration = number | `${number}${Unit}`

/** A hundred years: beyond it a time would leave the range that all stores and `Date` share. */
const longest = 100 * 365 * units.d

/** What a timer can wait, ms: with more it fires at once. */
export const longestTimer = 2 ** 31 - 1

/**
 * The duration in whole milliseconds, from 0 to a hundred years.
 * @throws DbjobqError `INVALID_DURATION`
 */
export function milliseconds(duration: Duration, name: string): number {
  const value = typeof duration === 'string' ? parse(duration) : duration
  if (typeof value !== 'number' || !(value >= 0 && value <= longest)) {
    const help = "Use milliseconds, or a number with ms, s, m, h, d or w like '30s', between 0 and 100 years."
    throw new DbjobqError('INVALID_DURATION', `${name} is ${describe(duration)}, which is not a duration. ${help}`)
  }
  return Math.round(value)
}

function parse(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text)
  return match ? Number(match[1]) * units[match[2] as Unit] : undefined
}

/** A value as an error message shows it. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (value === null || ['number', 'boolean', 'undefined', 'bigint'].includes(typeof value)) return String(value)
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`
}
