import { milliseconds, describe, type Duration } from './duration.js'
import { DbjobqError } from './errors.js'

/** Checks one option; throws when it is wrong. */
export type Check = (value: unknown, name: string) => void

/**
 * Refuses what is not an object, options that do not exist, and values that fail their check. Absent (undefined) options pass.
 * @throws DbjobqError `INVALID_OPTION`, or what a check throws
 */
export function checkOptions(where: string, options: unknown, checks: Record<string, Check>): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new DbjobqError('INVALID_OPTION', `${where} takes an object of options, not ${describe(options)}.`)
  }
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (!check) {
      const known = Object.keys(checks).join(', ')
      throw new DbjobqError('INVALID_OPTION', `${where} has no option ${describe(name)}. It has: ${known || 'none'}.`)
    }
    if (value !== undefined) check(value, `${where}: ${name}`)
  }
}

export const anything: Check = () => undefined

export const aDuration: Check = (value, name) => void milliseconds(value as Duration, name)

export const aBoolean: Check = (value, name) => {
  if (typeof value !== 'boolean') throw invalid(name, value, 'true or false')
}

export const aFunction: Check = (value, name) => {
  if (typeof value !== 'function') throw invalid(name, value, 'a function')
}

export const aSignal: Check = (value, name) => {
  if (!(value instanceof AbortSignal)) throw invalid(name, value, 'an AbortSignal')
}

export function anInteger(least: number, most: number): Check {
  return (value, name) => {
    if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
      throw invalid(name, value, `a whole number from ${least} to ${most}`)
    }
  }
}

export function oneOf(...choices: string[]): Check {
  return (value, name) => {
    if (!choices.includes(value as string)) throw invalid(name, value, `one of ${choices.join(', ')}`)
  }
}

export function listOf(check: Check): Check {
  return (value, name) => {
    if (!Array.isArray(value)) throw invalid(name, value, 'a list')
    value.forEach((item, index) => check(item, `${name}[${index}]`))
  }
}

/** Of a queue, a type, a group key: 1 to 128 of `[A-Za-z0-9._:/@-]`. */
export const aName: Check = (value, name) => {
  if (typeof value !== 'string' || !/^[A-Za-z0-9._:/@-]{1,128}$/.test(value)) {
    throw new DbjobqError(
      'INVALID_NAME',
      `${name} is ${describe(value)}. A name is made of 1 to 128 letters, digits and the characters ._:/@- only.`,
    )
  }
}

/** Of a job. */
export const anId: Check = (value, name) => {
  if (typeof value !== 'string' || !/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(value)) {
    throw invalid(name, value, 'the id of a job, as enqueue answered it')
  }
}

/** A `Date` between 1970 and 9999. */
export const aDate: Check = (value, name) => {
  if (!(value instanceof Date) || !(value.getTime() >= 0 && value.getTime() <= 253_402_300_799_999)) {
    throw new DbjobqError('INVALID_DATE', `${name} is ${describe(value)}. Use a valid Date between 1970 and 9999.`)
  }
}

function invalid(name: string, value: unknown, wanted: string): DbjobqError {
  return new DbjobqError('INVALID_OPTION', `${name} is ${describe(value)}. It must be ${wanted}.`)
}
