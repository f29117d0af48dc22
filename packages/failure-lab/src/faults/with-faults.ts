import { StorageError, type JobStorage } from '@dbjobq/core/storage'
import type { CallFate, FateOf } from './call-fate.js'

type Call = () => Promise<unknown>

/** How calls and answers travel; a simulation has ways of its own. `ms` may be `Infinity`: never. */
export interface Ways {
  there: (ms: number, member: string) => Promise<void>
  back: (ms: number) => Promise<void>
}

/** `close` always works, and what is not a call to the store has no fate of its own. */
const untouched = new Set(['close', 'transaction'])

/**
 * The storage as it is behind a bad network: `fateOf` decides of each call. Calls within a transaction of the caller pass as they are,
 * since what fails there belongs to the caller's driver.
 */
export function withFaults<S extends JobStorage>(storage: S, fateOf: FateOf, ways: Ways = { there: sleep, back: sleep }): S {
  return new Proxy(storage, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function' || typeof name !== 'string') return value
      const member = value as (...args: unknown[]) => Promise<unknown>
      if (untouched.has(name)) return member.bind(target)
      return (...args: unknown[]): Promise<unknown> => {
        const make = (): Promise<unknown> => member.apply(target, args)
        return args.some(hasTx) ? make() : suffer(name, fateOf(name), ways, make)
      }
    },
  })
}

async function suffer(member: string, { there = 0, back = 0, fails }: CallFate, ways: Ways, make: Call): Promise<unknown> {
  if (fails === 'overtaken') {
    void ways.there(there, member).then(make).catch(ignore)
    await ways.back(back)
    throw new StorageError('TIMEOUT', `${member}: no answer in time (injected).`, { retryable: true, applied: 'unknown' })
  }
  if (there > 0) await ways.there(there, member)
  if (fails === 'refused') {
    throw new StorageError('UNAVAILABLE', `${member}: no connection (injected).`, { retryable: true, applied: 'no' })
  }
  try {
    return await make()
  } finally {
    if (back > 0) await ways.back(back)
    if (fails === 'answerLost') {
      // eslint-disable-next-line no-unsafe-finally -- whatever the store said is what the caller does not hear
      throw new StorageError('UNAVAILABLE', `${member}: the connection broke before the answer (injected).`, {
        retryable: true,
        applied: 'unknown',
      })
    }
  }
}

function hasTx(argument: unknown): boolean {
  return typeof argument === 'object' && argument !== null && (argument as { tx?: unknown }).tx !== undefined
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    if (ms !== Number.POSITIVE_INFINITY) setTimeout(resolve, ms)
  })
}

function ignore(): void {
  // An overtaken call fails unheard.
}
