import { setTimeout as sleep } from 'node:timers/promises'
import { StorageError } from '@dbjobq/core/storage'

export interface Retry {
  /** ms: no attempt begins later than this after the first. The last CONTENTION is thrown then. */
  timeout: number
  /** ms, default 100: pauses double from 1 ms up to this, each cut by chance to between none and all of it. */
  longestPause?: number
}

/** Runs the whole of `call` again as long as it rejects with a `StorageError` CONTENTION. */
export async function withRetry<T>(call: () => T | Promise<T>, { timeout, longestPause = 100 }: Retry): Promise<T> {
  const end = performance.now() + timeout
  for (let bound = 1; ; bound = Math.min(bound * 2, longestPause)) {
    try {
      return await call()
    } catch (error) {
      if (!StorageError.isInstance(error, 'CONTENTION')) throw error
      const pause = Math.random() * bound
      if (performance.now() + pause > end) throw error
      await sleep(pause)
    }
  }
}
