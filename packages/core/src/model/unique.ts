import { createHash } from 'node:crypto'
import { checkOptions, oneOf, type Check } from './check.js'
import { describe } from './duration.js'
import { DbjobqError } from './errors.js'

/** At most one job of its type with this key is alive; enqueueing another answers `duplicate` with the id of that one. */
export interface UniqueOptions {
  /** Any text of 1 to 1,024 characters. Types do not share keys. */
  key: string
  /** When the key is free again: once the job has ended (`settled`), or already when a worker takes it (`started`). Default `settled`. */
  until?: 'settled' | 'started'
}

/** The key as storages compare it: at most 128 bytes of printable ASCII. A longer or other one is hashed (SHA-256). */
export function storedKey(type: string, key: string): string {
  const plain = `${type} ${key}`
  return /^[ -~]{1,128}$/.test(plain) ? plain : `sha256 ${createHash('sha256').update(plain).digest('hex')}`
}

export const aUnique: Check = (value, name) => {
  checkOptions(name, value, { key: aKey, until: oneOf('settled', 'started') })
  if (!Object.hasOwn(value as object, 'key')) throw new DbjobqError('INVALID_OPTION', `${name} needs a key.`)
}

const aKey: Check = (value, name) => {
  if (typeof value !== 'string' || value.length === 0 || value.length > 1_024) {
    throw new DbjobqError('INVALID_OPTION', `${name} is ${describe(value)}. It must be a text of 1 to 1,024 characters.`)
  }
}
