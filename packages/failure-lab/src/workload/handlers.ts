import { setTimeout as pause } from 'node:timers/promises'
import { Snooze, type BoundJob, type JobContext } from '@dbjobq/core'
import type { LedgerFile } from '../ledger/ledger-file.js'
import * as jobs from './jobs.js'
import { recorded } from './recorded.js'
import type { Turns } from './turns.js'

type TargetWork = (data: { ms: number }, context: JobContext<jobs.RunResult>) => Promise<void>

/** By it the crew knows a process that was ended by its job. */
export const exitCode = 77

/** All jobs of the lab with what they do. `targets`: those that run here. */
export function handlers(ledger: LedgerFile, turns: Turns, targets: Set<string>): BoundJob[] {
  /** Only in the first of all its runs. */
  const targeted = (work: TargetWork) => async (data: { ms: number }, context: JobContext<jobs.RunResult>) => {
    if (!turns.take(context.id)) return
    targets.add(context.id)
    try {
      await work(data, context)
    } finally {
      targets.delete(context.id)
    }
  }
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
    recorded(
      ledger,
      jobs.target,
      targeted(({ ms }, { signal }) => pause(ms, undefined, { signal })),
    ),
    recorded(
      ledger,
      jobs.blocks,
      targeted(async ({ ms }, { id }) => {
        // The crew is told first.
        await pause(300)
        const until = performance.now() + ms
        while (!turns.isTaken(id) && performance.now() < until) standStill(20)
      }),
    ),
    recorded(
      ledger,
      jobs.deaf,
      targeted(async ({ ms }, { id }) => {
        const until = performance.now() + ms
        while (!turns.isTaken(id) && performance.now() < until) await pause(20)
      }),
    ),
    recorded(ledger, jobs.exits, () => process.exit(exitCode)),
    recorded(ledger, jobs.hoards, () => {
      const hoard: number[][] = []
      for (;;) hoard.push(new Array<number>(100_000).fill(hoard.length + 0.5))
    }),
  ]
}

/** Blocks the event loop, and leaves the processor to others. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

function nothing(): void {
  // That it ran is in the ledger.
}
