import type { Outcome } from '../../model/outcome.js'
import { jobEvent } from './tell.js'
import type { JobEvent } from './events.js'
import type { HeldJob } from './held-job.js'
import type { Slots } from './slots.js'
import type { WorkerSettings } from './worker-options.js'

export type WorkerState = 'new' | 'running' | 'paused' | 'stopping' | 'stopped'

/** How often it happened since the worker started. */
export type Counters = Record<Outcome | 'started' | 'leaseLost' | 'stuck', number>

/** What a worker is doing at this moment. */
export interface WorkerStatus {
  state: WorkerState
  workerId: string
  concurrency: number
  /** By preference; `concurrency` null: only that of the worker limits it. `held`: claimed by this worker and not settled. */
  queues: { name: string; concurrency: number | null; held: number }[]
  /** Slots taken. */
  running: number
  /** Claimed, and waiting here for a slot. */
  buffered: number
  /** Handlers that go on though their signal was aborted and their job was settled without them. */
  stuck: number
  /** Null: it holds no lease, so takes no jobs. */
  leaseUntil: Date | null
  counters: Counters
  /** Something that it does fails now, and is tried again. */
  isTroubled: boolean
  /** Null: there was none. */
  lastTrouble: { at: Date; during: string; error: unknown } | null
}

/** A job whose handler runs. */
export interface RunningJob extends JobEvent {
  startedAt: Date | null
}

export function noCounts(): Counters {
  return {
    started: 0,
    completed: 0,
    retrying: 0,
    failed: 0,
    cancelled: 0,
    snoozed: 0,
    released: 0,
    rescued: 0,
    leaseLost: 0,
    stuck: 0,
  }
}

export function describeSlots(
  { queues, queueLimits, concurrency }: WorkerSettings,
  { held, running }: Slots,
): Pick<WorkerStatus, 'concurrency' | 'queues' | 'running' | 'buffered'> {
  return {
    concurrency,
    queues: queues.map((name) => ({ name, concurrency: queueLimits.get(name) ?? null, held: held.countOf(name) })),
    running,
    buffered: held.waiting,
  }
}

/** What a beat tells those who look at the workers of the store. */
export function describeWorker({ queues, concurrency }: WorkerSettings, { running }: Slots, isPaused: boolean): object {
  return { queues, concurrency, running, isPaused }
}

export function runningJobs(held: Iterable<HeldJob>): RunningJob[] {
  return [...held]
    .filter(({ state }) => state === 'running')
    .map(({ row }) => ({ ...jobEvent(row), startedAt: row.startedAt === null ? null : new Date(row.startedAt) }))
}
