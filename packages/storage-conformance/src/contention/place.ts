import { setTimeout } from 'node:timers/promises'
import type { NewJob } from '@dbjobq/core/storage'
import { newJob } from '../factories.js'
import type { Random } from '../random.js'
import type { RecordedStorage } from './recorded-storage.js'

/** Where one role works. */
export interface Place {
  store: RecordedStorage
  random: Random
  /** Unique in the run. */
  name: string
  /** The role ends after its round when this is aborted. */
  until: AbortSignal
}

export type Role = (place: Place) => Promise<void>

/** What is there at the start waits in queues of its own, so that what the enqueuers add is claimed beside it and not after it. */
const backlogQueues = ['contention-0', 'contention-1', 'contention-2', 'contention-3'] as const
export const enqueuedQueue = 'contention-4'
export const queues = [...backlogQueues, enqueuedQueue]

export function contentionJob(random: Random, overrides: Partial<NewJob> = {}): NewJob {
  const queue = backlogQueues[random.between(0, backlogQueues.length - 1)] ?? backlogQueues[0]
  return newJob({ queue, priority: random.between(0, 3), runAt: Date.now(), ...overrides })
}

/** Ends early, without an error, when `unless` is aborted. */
export async function pause(ms: number, unless?: AbortSignal): Promise<void> {
  // The timer rejects for no other reason than the signal.
  await setTimeout(ms, undefined, unless ? { signal: unless } : {}).catch(() => undefined)
}

/** Repeats a round until the role's end, with 0.5 to 1.5 times `pauseMs` between. */
export async function repeat({ until, random }: Place, pauseMs: number, round: () => Promise<void>): Promise<void> {
  while (!until.aborted) {
    await round()
    await pause(pauseMs * (0.5 + random.next()))
  }
}
