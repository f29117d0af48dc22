import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import timersPromises from 'node:timers/promises'
import type { Random } from '@dbjobq/storage-conformance/random'
import type { Happening, Owner, VirtualTime } from './virtual-time.js'

/** The beginning of every world, epoch ms: a Monday. */
export const epoch = Date.UTC(2030, 2, 4)

/** Taken before anything is replaced. */
export const nextRealTurn = globalThis.setImmediate

/** What the replaced globals ask: of the world that is simulated now. */
interface Current {
  time: VirtualTime
  random: Random
  /** ms that the wall clock of this process is off. */
  skewOf: (owner: Owner | undefined) => number
}

let current: Current | undefined

export function enter(world: Current): void {
  current = world
}

function world(): Current {
  if (!current) throw new Error('no world is simulated now')
  return current
}

/** What a real timer drops: the fraction, and what it cannot hold. */
function timerMs(ms: number | undefined): number {
  const whole = Math.trunc(ms ?? 0)
  return whole >= 1 && whole < 2 ** 31 ? whole : 1
}

/** Real timers are late by a little, at times by more. */
function lateness(random: Random): number {
  return random.chance(0.02) ? random.next() * 40 : random.next()
}

/** Stands in for `NodeJS.Timeout`. */
class Timer {
  readonly happening: Happening

  constructor(ms: number, run: () => void) {
    const { time, random } = world()
    this.happening = time.after(ms + lateness(random), run, time.owner)
  }

  unref(): this {
    return this
  }

  ref(): this {
    return this
  }

  cancel(): void {
    this.happening.isCancelled = true
  }
}

function pause<T>(ms?: number, value?: T, { signal }: { signal?: AbortSignal } = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal?.reason as Error)
    if (signal?.aborted) {
      aborted()
      return
    }
    const timer = new Timer(timerMs(ms), () => {
      signal?.removeEventListener('abort', onAbort)
      resolve(value as T)
    })
    const onAbort = (): void => {
      timer.cancel()
      aborted()
    }
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/**
 * Gives this process, for good, the clocks, timers and random numbers of the worlds that are simulated in it. To be called before core
 * is loaded.
 */
export function install(): void {
  const RealDate = Date
  const wallNow = (): number => Math.floor(epoch + world().time.now + world().skewOf(world().time.owner))
  class VirtualDate extends RealDate {
    constructor(...given: [] | ConstructorParameters<typeof RealDate>) {
      if (given.length === 0) super(wallNow())
      else super(...given)
    }

    static override now(): number {
      return wallNow()
    }
  }
  const start = (run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]): Timer => new Timer(timerMs(ms), () => run(...args))
  const clear = (timer: Timer | undefined): void => timer?.cancel()
  const replaced = {
    Date: VirtualDate,
    setTimeout: start,
    clearTimeout: clear,
    setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]) => new Timer(0, () => run(...args)),
    clearImmediate: clear,
  }
  Object.assign(globalThis, replaced)
  performance.now = () => world().time.now
  Math.random = () => world().random.next()
  Object.assign(timersPromises, { setTimeout: pause })
  Object.assign(crypto, {
    randomUUID: () => {
      const hex = [...fill(Buffer.alloc(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
    },
    randomBytes: (size: number) => fill(Buffer.alloc(size)),
    randomFillSync: fill,
  })
  syncBuiltinESMExports()
}

function fill<T extends Uint8Array>(bytes: T): T {
  for (let index = 0; index < bytes.length; index++) bytes[index] = Math.floor(world().random.next() * 256)
  return bytes
}
