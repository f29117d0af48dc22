import { setTimeout as pause } from 'node:timers/promises'
import type { JobDefinition, JobQueue } from '@dbjobq/core'
import type { LedgerFile } from '../ledger/ledger-file.js'
import * as jobs from '../workload/jobs.js'
import type { Crew } from './crew.js'
import type { Member } from './member.js'
import type { Cruelty } from './plan.js'

/** Who does the cruelties, and with what. */
export interface Tormentor {
  crew: Crew
  queue: JobQueue
  ledger: LedgerFile
  /** Aborted when the run is given up. */
  signal: AbortSignal
}

/** ms: longer than a job takes to find its worker on a busy machine. */
const patience = 180_000
/** ms: so long the job of a victim goes on if nothing ends it. */
const longest = 20_000

/** Each resolves when it is done; those that take down worker after worker, when their job is enqueued. What becomes of the jobs is for the audit. */
export const cruelties: Record<Cruelty, (tormentor: Tormentor) => Promise<void>> = {
  sigkill: (tormentor) =>
    atWork(tormentor, 'sigkill', jobs.target, longest, async (victim) => {
      victim.kill('SIGKILL')
      await victim.ended
    }),
  sigstop: (tormentor) =>
    untilLost(tormentor, 'sigstop', jobs.target, async (victim, id) => {
      victim.kill('SIGSTOP')
      // One that was stopped in the middle of a write holds up all others on SQLite: then nothing ends until it goes on.
      await Promise.race([ended(tormentor, id), pause(longestStop)])
      victim.kill('SIGCONT')
    }),
  sigtermOnce: (tormentor) =>
    withoutLoss(tormentor, 'sigtermOnce', jobs.target, 1_000, async (victim) => {
      victim.kill('SIGTERM')
      await victim.ended
    }),
  sigtermTwice: (tormentor) =>
    withoutLoss(tormentor, 'sigtermTwice', jobs.target, longest, async (victim) => {
      victim.kill('SIGTERM')
      // Two at once would be one to the system.
      await victim.until(({ stage }) => stage === 'stopping')
      victim.kill('SIGTERM')
      await victim.ended
    }),
  blockedEventLoop: (tormentor) => untilLost(tormentor, 'blockedEventLoop', jobs.blocks, (_, id) => ended(tormentor, id)),
  ignoredSignal: (tormentor) =>
    withoutLoss(tormentor, 'ignoredSignal', jobs.deaf, longest, async (victim, id) => {
      await ended(tormentor, id)
      await victim.until(({ targets }) => !targets.includes(id))
    }),
  processExit: (tormentor) => enqueue(tormentor, jobs.exits, { note: 'ends its process' }).then(() => undefined),
  outOfMemory: (tormentor) => enqueue(tormentor, jobs.hoards, { note: 'takes all memory' }).then(() => undefined),
  sigkillEnqueuer: async ({ crew, signal }) => {
    const victim = await found('an enqueuer', () => crew.well('enqueuer')[0], signal)
    victim.suffers = 'sigkillEnqueuer'
    victim.kill('SIGKILL')
    await victim.ended
  },
}

/** ms: less than a call to the store may take. */
const longestStop = 10_000

/** ms: so long a worker that goes on may take to tell that it lost its lease. */
const longestNews = 10_000

type Act<T = void> = (victim: Member, id: string) => Promise<T>
type TargetJob = JobDefinition<{ ms: number }, { ms: number }, jobs.RunResult>

/** Again where the victim lost its lease by itself, as on a machine that is too busy: nobody can tell then what did what. */
async function withoutLoss(tormentor: Tormentor, cruelty: Cruelty, job: TargetJob, ms: number, act: Act): Promise<void> {
  const once = () =>
    atWork(tormentor, cruelty, job, ms, async (victim, id) => {
      await act(victim, id)
      await ended(tormentor, id)
      const job = await tormentor.queue.getJob(id)
      // Every rescue leaves this entry.
      return job?.errors.every(({ code }) => code !== 'WORKER_LOST') ?? false
    })
  while (!(await once()));
}

/** Again where its job was not lost to another worker meanwhile. */
async function untilLost(tormentor: Tormentor, cruelty: Cruelty, job: TargetJob, act: Act): Promise<void> {
  const once = () =>
    atWork(tormentor, cruelty, job, longest, async (victim, id) => {
      const { lost } = victim.report
      await act(victim, id)
      await Promise.race([victim.until((now) => now.lost > lost), pause(longestNews)])
      return victim.report.lost > lost
    })
  while (!(await once()));
}

/** Does it to a worker while that runs a job of this definition, and another worker is well. */
async function atWork<T>(tormentor: Tormentor, cruelty: Cruelty, job: TargetJob, ms: number, act: Act<T>): Promise<T> {
  const { crew, ledger } = tormentor
  for (;;) {
    await found('two workers', () => crew.well('worker')[1], tormentor.signal)
    const id = await enqueue(tormentor, job, { ms })
    const search = new AbortController()
    const runner = found('a worker', () => crew.runnerOf(id), AbortSignal.any([tormentor.signal, search.signal]))
    const victim = await Promise.race([runner, ended(tormentor, id)]).finally(() => search.abort())
    // It met one that was busy with something else, or was found for another cruelty in the same turn.
    if (!victim?.isWell) continue
    victim.suffers = cruelty
    ledger.write({ kind: 'cruelty', cruelty, victim: victim.orders.name, id })
    const answer = await act(victim, id)
    victim.suffers = undefined
    return answer
  }
}

async function enqueue<Data>({ queue, ledger }: Tormentor, job: JobDefinition<Data, Data, jobs.RunResult>, data: Data): Promise<string> {
  ledger.write({ kind: 'asked', count: 1 })
  const { id, outcome } = await queue.enqueue(job, data)
  ledger.write({ kind: 'enqueued', id, outcome })
  return id
}

async function ended({ queue, signal }: Tormentor, id: string): Promise<undefined> {
  await queue.waitFor(id, { timeout: 2 * patience, signal })
}

async function found<T>(what: string, look: () => T | undefined, signal: AbortSignal): Promise<T> {
  const until = performance.now() + patience
  for (;;) {
    const result = look()
    if (result !== undefined) return result
    if (performance.now() > until) throw new Error(`The lab found no victim: ${what} should be well, and is not for ${patience} ms.`)
    await pause(20, undefined, { signal })
  }
}
