import { DbjobqError } from './errors.js'

/** UTF-8 bytes of the JSON text of a job's data, and of its result. */
export const payloadLimit = 1024 * 1024

/**
 * The value as JSON text that decodes to the same value. Properties that are undefined are left out, and -0 comes back as 0;
 * NUL and lone surrogates come back the same, since JSON text escapes them.
 * @throws DbjobqError `INVALID_PAYLOAD` for what JSON would drop or change, `PAYLOAD_TOO_LARGE` above 1 MiB
 */
export function encode(value: unknown, what: string): string {
  let text: string
  try {
    refuseLossy(value, what, [])
    text = JSON.stringify(value)
  } catch (cause) {
    if (DbjobqError.isInstance(cause)) throw cause
    throw new DbjobqError('INVALID_PAYLOAD', `${what} cannot be written as JSON: ${String(cause)}.`, { cause })
  }
  // A character takes at most 3 bytes, so most texts need no count.
  if (text.length * 3 > payloadLimit && Buffer.byteLength(text) > payloadLimit) {
    const size = Buffer.byteLength(text)
    throw new DbjobqError(
      'PAYLOAD_TOO_LARGE',
      `${what} takes ${size} bytes of JSON, at most ${payloadLimit} are stored. Store it elsewhere and pass its key.`,
    )
  }
  return text
}

export function decode(text: string): unknown {
  return JSON.parse(text)
}

/** For what only looks at a job: undefined for a text that is no JSON, as other code or a broken disk may leave it. */
export function decodeIfReadable(text: string): unknown {
  try {
    return decode(text)
  } catch {
    return undefined
  }
}

function refuseLossy(value: unknown, path: string, parents: object[]): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return
    case 'number':
      if (!Number.isFinite(value)) throw lossy(path, `${value}`, 'Use a finite number or null.')
      return
    case 'object':
      if (value !== null) refuseLossyObject(value, path, parents)
      return
    default:
      throw lossy(path, typeof value, typeof value === 'bigint' ? 'Use a string.' : 'Leave it out or use null.')
  }
}

function refuseLossyObject(value: object, path: string, parents: object[]): void {
  if (parents.includes(value)) throw lossy(path, 'a cycle', 'Pass plain data without references to its parents.')
  parents.push(value)
  if (Array.isArray(value)) {
    if (Object.keys(value).length !== value.length) throw lossy(path, 'an array with holes or properties', 'Fill it.')
    value.forEach((item, index) => refuseLossy(item, `${path}[${index}]`, parents))
  } else {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) {
      const help = value instanceof Date ? 'Use its toISOString().' : 'Pass a plain object.'
      throw lossy(path, `a ${value.constructor.name || 'class instance'}`, help)
    }
    if (typeof (value as { toJSON?: unknown }).toJSON === 'function') throw lossy(path, 'an object with toJSON', 'Pass a plain object.')
    if (Object.getOwnPropertySymbols(value).length > 0) throw lossy(path, 'an object with symbol keys', 'Use string keys.')
    for (const key in value) {
      const property = (value as Record<string, unknown>)[key]
      if (property !== undefined) refuseLossy(property, `${path}.${key}`, parents)
    }
  }
  parents.pop()
}

function lossy(path: string, found: string, help: string): DbjobqError {
  return new DbjobqError('INVALID_PAYLOAD', `${path} is ${found}, which would not come back the same. ${help}`)
}
