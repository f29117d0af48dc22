import type { JobDefinition, JobQueue } from '@dbjobq/core'
import type { LedgerFile } from '../ledger/ledger-file.js'
import * as jobs from '../workload/jobs.js'
import type { Crew } from './crew.js'
import type { Member } from './member.js'
import { pause } from './place.js'
import { lease, type Cruelty } from './plan.js'

/** Who does the cruelties, and with what. */
export interface Tormentor {
  crew: Crew
  queue: JobQueue
  ledger: LedgerFile
  /** Aborted when the run is given up. */
  signal: AbortSignal
}

/** ms: how long a victim is looked for; then this cruelty is left out, and comes again. */
const searchPatience = 20_000
/** ms: how long the job of a victim goes on if nothing is done to it. */
const targetTime = 15_000

/** Each resolves when it is done, by a job when that is enqueued, and answers whether it was. What becomes of the jobs is for the audit. */
export const cruelties: Record<Cruelty, (tormentor: Tormentor) => Promise<boolean>> = {
  sigkill: (tormentor) =>
    atWork(tormentor, 'sigkill', targetTime, async (victim) => {
      victim.kill('SIGKILL')
      await victim.ended
    }),
  sigstop: (tormentor) =>
    atWork(tormentor, 'sigstop', targetTime, async (victim) => {
      victim.kill('SIGSTOP')
      await pause(2 * lease, tormentor.signal)
      const { report } = victim
      victim.kill('SIGCONT')
      // Not before it has come to itself.
      await victim.until((now) => now !== report)
    }),
  sigtermOnce: (tormentor) =>
    atWork(tormentor, 'sigtermOnce', 1_000, async (victim) => {
      victim.kill('SIGTERM')
      await victim.ended
    }),
  sigtermTwice: (tormentor) =>
    atWork(tormentor, 'sigtermTwice', targetTime, async (victim) => {
      victim.kill('SIGTERM')
      // Two at once would be one to the system.
      await victim.until(({ stage }) => stage === 'stopping')
      victim.kill('SIGTERM')
      await victim.ended
    }),
  processExit: (tormentor) => byJob(tormentor, jobs.exits, { note: 'ends its process' }),
  outOfMemory: (tormentor) => byJob(tormentor, jobs.hoards, { note: 'takes all memory' }),
  blockedEventLoop: (tormentor) => byJob(tormentor, jobs.blocks, { ms: 2 * lease }),
  ignoredSignal: (tormentor) => byJob(tormentor, jobs.deaf, { ms: 3_000 }),
  sigkillEnqueuer: async ({ crew, signal }) => {
    const victim = await found(() => crew.well('enqueuer')[0], signal)
    if (!victim) return false
    victim.suffers = 'sigkillEnqueuer'
    victim.kill('SIGKILL')
    await victim.ended
    return true
  },
}

/** Does it to a worker that runs a job which takes `ms`, while another worker is well. */
async function atWork(tormentor: Tormentor, cruelty: Cruelty, ms: number, act: (victim: Member) => Promise<void>): Promise<boolean> {
  const { crew, signal } = tormentor
  if (!(await found(() => crew.well('worker')[1], signal))) return false
  const id = await enqueue(tormentor, jobs.target, { ms })
  const victim = await found(() => crew.runnerOf(id), signal)
  if (!victim) return false
  victim.suffers = cruelty
  await act(victim)
  victim.suffers = undefined
  return true
}

async function byJob<Data>(tormentor: Tormentor, job: JobDefinition<Data, Data, jobs.RunResult>, data: Data): Promise<boolean> {
  await enqueue(tormentor, job, data)
  return true
}

async function enqueue<Data>({ queue, ledger }: Tormentor, job: JobDefinition<Data, Data, jobs.RunResult>, data: Data): Promise<string> {
  ledger.write({ kind: 'asked', count: 1 })
  const { id, outcome } = await queue.enqueue(job, data)
  ledger.write({ kind: 'enqueued', id, outcome })
  return id
}

async function found<T>(look: () => T | undefined, signal: AbortSignal): Promise<T | undefined> {
  const until = performance.now() + searchPatience
  for (;;) {
    const result = look()
    if (result !== undefined || signal.aborted || performance.now() > until) return result
    await pause(20, signal)
  }
}
