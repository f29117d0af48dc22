import { DbjobqError, handle, Snooze, type BoundJob, type JobContext, type JobDefinition } from '@dbjobq/core'
import type { LedgerFile } from '../ledger/ledger-file.js'
import type { RunEnd } from '../ledger/line.js'
import type { RunResult } from './jobs.js'

/** A handler whose every run is in the ledger, and whose result names the run. */
export function recorded<Data>(
  ledger: LedgerFile,
  definition: JobDefinition<Data, Data, RunResult>,
  work: (data: Data, context: JobContext<RunResult>) => unknown,
): BoundJob {
  return handle(definition, async (data, context) => {
    const { id, type, attempt, signal } = context
    const run = ledger.nextRun()
    ledger.write({ kind: 'began', id, type, attempt, run })
    try {
      await work(data, context)
      ledger.write({ kind: 'ended', id, run, how: 'returned' })
      return { run }
    } catch (error) {
      ledger.write({ kind: 'ended', id, run, ...endOf(error, signal) })
      throw error
    }
  })
}

function endOf(error: unknown, signal: AbortSignal): { how: RunEnd; reason?: string } {
  if (error instanceof Snooze) return { how: 'snoozed' }
  if (!signal.aborted) return { how: 'threw' }
  return { how: 'aborted', reason: DbjobqError.isInstance(signal.reason) ? signal.reason.code : String(signal.reason) }
}
