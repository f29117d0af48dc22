import type { Check } from './check.js'
import { describe } from './duration.js'
import { DbjobqError } from './errors.js'

export const aSignal: Check = (value, name) => {
  if (!(value instanceof AbortSignal)) throw new DbjobqError('INVALID_OPTION', `${name} is ${describe(value)}. It must be an AbortSignal.`)
}
