import type { JobStorage } from '@dbjobq/core'
import type { AnyStorage } from '../case.js'

/** The storage, with each call shown to `onCall` before it is made; what that throws, the call rejects with. `beforeAnswer` may hold up its answer. */
export function watchedStorage(
  storage: AnyStorage,
  onCall: (member: string, args: unknown[]) => void,
  beforeAnswer: (member: string) => Promise<void> = () => Promise.resolve(),
): JobStorage {
  return new Proxy(storage as JobStorage, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function' || typeof name !== 'string') return value
      return async (...args: unknown[]): Promise<unknown> => {
        await Promise.resolve()
        onCall(name, args)
        const answer = await (value as (...args: unknown[]) => unknown).apply(target, args)
        await beforeAnswer(name)
        return answer
      }
    },
  })
}
