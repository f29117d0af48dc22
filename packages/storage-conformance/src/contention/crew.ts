import type { Entry } from './ledger.js'

/** Those who work on the store side by side. */
export interface Crew {
  start(): void
  /** Resolves once nothing more is enqueued: those who produce have ended, each by its own clock and after its last call. */
  produced: Promise<unknown>
  /** Aborted when one of them failed, so that nobody waits for the rest. */
  failed: AbortSignal
  /** Lets all finish and answers what they saw. */
  finish(): Promise<Entry[]>
}
