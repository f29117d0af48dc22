import { encode } from './codec.js'

/**
 * JSON text that is the same for values that mean the same: properties are sorted. Being JSON it is unambiguous: two values
 * with one text are equal. Texts are not normalised: NFC and NFD differ, as they do in the data.
 * @throws DbjobqError as `encode`
 */
export function canonical(value: unknown, what: string): string {
  return sorted(JSON.parse(encode(value, what)))
}

function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const properties = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${properties.map(([name, inner]) => `${JSON.stringify(name)}:${sorted(inner)}`).join(',')}}`
}
