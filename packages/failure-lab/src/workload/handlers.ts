import { setTimeout as pause } from 'node:timers/promises'
import { Snooze, type BoundJob } from '@dbjobq/core'
import type { LedgerFile } from '../ledger/ledger-file.js'
import * as jobs from './jobs.js'
import { recorded } from './recorded.js'

/** By it the crew knows a process that was ended by its job. */
export const exitCode = 77

/** All jobs of the lab with what they do. `onTarget` is told when a target runs. */
export function handlers(ledger: LedgerFile, onTarget: (id: string) => void): BoundJob[] {
  return [
    recorded(ledger, jobs.quick, nothing),
    recorded(ledger, jobs.tick, nothing),
    recorded(ledger, jobs.followUp, nothing),
    recorded(ledger, jobs.keyed, nothing),
    recorded(ledger, jobs.slow, ({ ms }, { signal }) => pause(ms, undefined, { signal })),
    recorded(ledger, jobs.flaky, ({ failures }, { attempt }) => {
      if (attempt <= failures) throw new Error(`fails ${failures} times`)
    }),
    recorded(ledger, jobs.failing, () => {
      throw new Error('always fails')
    }),
    recorded(ledger, jobs.snoozing, async ({ ms }, context) => {
      if (context.lastProgress !== null) return
      await context.progress('snoozed')
      throw new Snooze(ms)
    }),
    recorded(ledger, jobs.parent, async (_, context) => {
      await context.enqueue(jobs.followUp, { parent: context.id })
      await context.enqueue(jobs.followUp, { parent: context.id }, { delay: 200 })
    }),
    recorded(ledger, jobs.target, async ({ ms }, context) => {
      if (context.lastProgress !== null) return
      await context.progress('began')
      onTarget(context.id)
      await pause(ms, undefined, { signal: context.signal })
    }),
    recorded(ledger, jobs.exits, () => process.exit(exitCode)),
    recorded(ledger, jobs.hoards, () => {
      const hoard: number[][] = []
      for (;;) hoard.push(new Array<number>(100_000).fill(hoard.length + 0.5))
    }),
    recorded(ledger, jobs.blocks, ({ ms }, { job }) => {
      const until = performance.now() + ms
      // A job that was taken from its worker has an error that says so.
      while (job.errors.length === 0 && performance.now() < until);
    }),
    recorded(ledger, jobs.deaf, async ({ ms }, { attempt }) => {
      if (attempt === 1) await pause(ms)
    }),
  ]
}

function nothing(): void {
  // That it ran is in the ledger.
}
