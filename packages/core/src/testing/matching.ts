import { inspect, isDeepStrictEqual } from 'node:util'

/** Some of its properties, at any depth. A list is given whole. */
export type DeepPartial<T> = T extends readonly (infer Item)[]
  ? readonly DeepPartial<Item>[]
  : T extends object
    ? { [Key in keyof T]?: DeepPartial<T[Key]> }
    : T

/** True when `value` has all that `part` has: of an object its properties, of a list each item and no other. */
export function hasPart(value: unknown, part: unknown): boolean {
  if (Array.isArray(part)) {
    return Array.isArray(value) && value.length === part.length && part.every((item, index) => hasPart(value[index], item))
  }
  if (typeof part !== 'object' || part === null) return isDeepStrictEqual(value, part)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(part).every(([name, wanted]) => hasPart((value as Record<string, unknown>)[name], wanted))
}

/** A value for a message: at most this many characters. */
export function shown(value: unknown, length = 300): string {
  const text = inspect(value, { depth: 4, maxArrayLength: 10, maxStringLength: 100, breakLength: Number.POSITIVE_INFINITY })
  return text.length > length ? `${text.slice(0, length)}…` : text
}
