import type { Entry } from './ledger.js'

/** Those who work on the store side by side. */
export interface Crew {
  start(): void
  /** Aborted when one of them failed, so that nobody waits for the rest. */
  failed: AbortSignal
  /** Lets all finish and answers what they saw. */
  finish(): Promise<Entry[]>
}
