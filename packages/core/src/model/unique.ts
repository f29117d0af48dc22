import { createHash } from 'node:crypto'
import { aFunction, checkOptions, listOf, oneOf, type Check } from './check.js'
import { canonical } from './canonical.js'
import { describe, milliseconds, type Duration } from './duration.js'
import { DbjobqError } from './errors.js'

/** The names of the properties of a job's data. */
export type PropertyOf<Input> = keyof Input & string

interface UniqueRules {
  /**
   * When the key is free again: once the job has ended (`settled`), already when a worker takes it (`started`), or this long
   * after the job was enqueued (`{ window: '1h' }`), whether or not it has ended by then. Default `settled`.
   * A job cancelled while it waits frees its key at once.
   */
  until?: 'settled' | 'started' | { window: Duration }
  /**
   * When another job holds the key. `skip`: nothing is written, the answer is `duplicate`. `replace`: a holder that still
   * waits gets the new data, priority, time, queue and policy, and all its runs; its id and group key stay. `debounce`: the
   * same, and needs a `delay` or `runAt`, so that each call puts the run off. A holder that runs or has ended stays as it is:
   * `duplicate`. Default `skip`.
   */
  onConflict?: 'skip' | 'replace' | 'debounce'
}

/** At most one job of its type with this key at a time. Types do not share keys. */
export type UniqueOptions<Input = never> = UniqueRules &
  (
    | {
        /** Any text of 1 to 1,024 characters. */
        key: string
        by?: undefined
      }
    | {
        /**
         * Made from the data: the names of the properties that count, in any order, or a function that answers any JSON value.
         * The order of properties in an object makes no difference; everything else does.
         */
        by: readonly PropertyOf<Input>[] | ((data: Input) => unknown)
        key?: undefined
      }
  )

/** What one job asks of its key. */
export interface Uniqueness {
  /** As it is stored. */
  key: string
  until: 'claim' | 'settlement'
  /** ms from the time it is enqueued; null = the key is released with the claim or the settlement. */
  window: number | null
  onConflict: 'skip' | 'replace' | 'debounce'
}

/** @throws DbjobqError `INVALID_PAYLOAD` when what `by` answers is no JSON value, `INVALID_OPTION` when it names properties of what has none */
export function uniquenessOf(where: string, type: string, unique: UniqueOptions, data: unknown): Uniqueness {
  const { until = 'settled', onConflict = 'skip' } = unique
  return {
    key: unique.by === undefined ? storedKey(type, unique.key) : storedKeyBy(type, picked(where, unique.by, data)),
    until: until === 'started' ? 'claim' : 'settlement',
    window: typeof until === 'object' ? milliseconds(until.window, `${where}: unique.until.window`) : null,
    onConflict,
  }
}

/** The key as storages compare it: at most 128 bytes of printable ASCII. A longer or other one is hashed (SHA-256). */
export function storedKey(type: string, key: string): string {
  const plain = `${type} ${key}`
  return /^[ -~]{1,128}$/.test(plain) ? plain : `sha256 ${sha256(plain)}`
}

/** No type contains `~`, so no key that was given as a text is ever equal to one made from data. */
function storedKeyBy(type: string, value: string): string {
  return `~by ${sha256(`${type} ${value}`)}`
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function picked(where: string, by: readonly string[] | ((data: never) => unknown), data: unknown): string {
  if (typeof by === 'function') return canonical(by(data as never), `${where}: unique.by(data)`)
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new DbjobqError('INVALID_OPTION', `${where}: unique.by names properties, but the data is ${describe(data)}. Use a function.`)
  }
  const entries = by.filter((name) => Object.hasOwn(data, name)).map((name) => [name, (data as Record<string, unknown>)[name]])
  // From entries, so that a property named __proto__ is one like any other.
  return canonical(Object.fromEntries(entries), `${where}: unique.by`)
}

export const aUnique: Check = (value, name) => {
  checkOptions(name, value, { key: aKey, by: aBy, until: anUntil, onConflict: oneOf('skip', 'replace', 'debounce') })
  const { key, by } = value as { key?: unknown; by?: unknown }
  if ((key === undefined) === (by === undefined)) {
    throw new DbjobqError('INVALID_OPTION', `${name} needs either a key or by, ${key === undefined ? 'not none' : 'not both'}.`)
  }
}

const aKey: Check = (value, name) => {
  if (typeof value !== 'string' || value.length === 0 || value.length > 1_024) {
    throw new DbjobqError('INVALID_OPTION', `${name} is ${describe(value)}. It must be a text of 1 to 1,024 characters.`)
  }
}

const aPropertyName: Check = (value, name) => {
  if (typeof value !== 'string')
    throw new DbjobqError('INVALID_OPTION', `${name} is ${describe(value)}. It must be the name of a property.`)
}

const aBy: Check = (value, name) => {
  if (!Array.isArray(value)) aFunction(value, name)
  else if (value.length === 0) throw new DbjobqError('INVALID_OPTION', `${name} is empty. Name at least one property of the data.`)
  else listOf(aPropertyName)(value, name)
}

const anUntil: Check = (value, name) => {
  if (typeof value !== 'object' || value === null) {
    oneOf('settled', 'started')(value, name)
    return
  }
  checkOptions(name, value, {
    window: (window, at) => {
      if (milliseconds(window as Duration, at) < 1) throw new DbjobqError('INVALID_DURATION', `${at} is 0. It must be at least 1 ms.`)
    },
  })
  if ((value as { window?: unknown }).window === undefined) {
    throw new DbjobqError('INVALID_OPTION', `${name} needs a window, like { window: '1h' }.`)
  }
}
