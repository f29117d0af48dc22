import type { AnyStorage } from '../../case.js'

/** The storage with one member replaced; `original` calls the storage's own. */
export function withMember<Name extends keyof AnyStorage>(
  storage: AnyStorage,
  member: Name,
  replace: (original: AnyStorage[Name]) => AnyStorage[Name],
): AnyStorage {
  const own = (name: string | symbol): unknown => {
    const value: unknown = Reflect.get(storage, name, storage)
    return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(storage) : value
  }
  const replaced = replace(own(member) as AnyStorage[Name])
  return new Proxy(storage, { get: (_, name) => (name === member ? replaced : own(name)) })
}
