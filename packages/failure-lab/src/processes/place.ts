import { setTimeout } from 'node:timers/promises'
import type { JobQueue } from '@dbjobq/core'
import type { Random } from '@dbjobq/storage-conformance/random'
import type { LedgerFile } from '../ledger/ledger-file.js'
import type { Turns } from '../workload/turns.js'
import type { Report } from './orders.js'
import type { Plan } from './plan.js'

/** Where a role works. */
export interface Place {
  queue: JobQueue
  ledger: LedgerFile
  turns: Turns
  /** Jobs to whose worker something is done, as long as they run here. */
  targets: Set<string>
  plan: Plan
  random: Random
  report: Report
  /** Aborted by SIGTERM. */
  stop: AbortSignal
}

/** Ends early, without an error, when `unless` is aborted. */
export async function pause(ms: number, unless?: AbortSignal): Promise<void> {
  // The timer rejects for no other reason than the signal.
  await setTimeout(ms, undefined, unless ? { signal: unless } : {}).catch(() => undefined)
}
