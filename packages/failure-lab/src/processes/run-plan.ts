import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JobQueue } from '@dbjobq/core'
import type { JobStorage } from '@dbjobq/core/storage'
import { Random } from '@dbjobq/storage-conformance/random'
import { audit, type Audited } from '../ledger/audit.js'
import { LedgerFile } from '../ledger/ledger-file.js'
import type { Line } from '../ledger/line.js'
import { readLedgers } from '../ledger/read-ledgers.js'
import { tick } from '../workload/jobs.js'
import { Crew, type Totals } from './crew.js'
import { cruelties, type Tormentor } from './cruelties.js'
import { pause } from './place.js'
import type { Cruelty, Plan } from './plan.js'

export interface RunOptions {
  /** Opens an empty store of its own. */
  open: () => Promise<JobStorage>
  /** Path of a file that exports such an `open()`, of the same store, for the other processes. */
  module: string
  /** Of the other processes, over that of this one. */
  env?: NodeJS.ProcessEnv
  plan: Plan
  seed: number
  /** Told about once a second. */
  onProgress?: (progress: Progress) => void
  /** Aborted, the processes are killed and the call rejects with its reason. */
  signal?: AbortSignal
}

export interface Progress extends Totals {
  /** s since the start. */
  seconds: number
  /** How often each was done. */
  cruelties: Partial<Record<Cruelty, number>>
}

export interface RunReport extends Audited, Progress {
  seed: number
  /** Of the ledgers, a file for each process, a JSON text a line. */
  folder: string
  /** All that the processes wrote down. */
  ledger: () => AsyncGenerator<Line>
  /** Removes the ledgers. */
  remove: () => void
}

/** ms: so long nothing may end while something is left to do. The longest wait is for a lease. */
const standstill = 60_000

/**
 * Runs the plan and audits it. The schema is made if it is absent, and stays, as do the jobs.
 * @throws Error when the store is not empty; the reason of `signal`
 */
export async function runPlan({
  open,
  plan,
  seed,
  onProgress,
  signal = new AbortController().signal,
  ...where
}: RunOptions): Promise<RunReport> {
  await using queue = new JobQueue(await open())
  await queue.migrate()
  await refuseOtherJobs(queue)
  const folder = mkdtempSync(join(tmpdir(), 'dbjobq-failure-lab-'))
  const ledger = new LedgerFile(folder, 'lab')
  const startAt = new Date(Date.now() + 1_000)
  await queue.schedules.upsert('every-second', {
    job: tick,
    data: { note: 'of the schedule' },
    every: '1s',
    startAt,
    missed: 'all',
    maxMissed: 1_000,
  })

  const crew = new Crew({ ...where, folder, plan, seed, ledger })
  const begun = performance.now()
  const done: Progress['cruelties'] = {}
  const progress = (): Progress => ({ seconds: (performance.now() - begun) / 1_000, cruelties: done, ...crew.totals() })
  const telling = setInterval(() => onProgress?.(progress()), 1_000)
  try {
    const isOver = () => performance.now() - begun >= plan.seconds * 1_000 && crew.totals().enqueued >= plan.jobs
    await torment({ crew, queue, ledger, signal }, plan, seed, done, isOver)
    await crew.dismiss('enqueuer')
    await queue.schedules.pause('every-second')
    const left = await drain(queue, crew, signal)
    await crew.dismiss('worker')
    const audited = await audit(folder, queue)
    const problems = [...crew.problems, ...left, ...audited.problems]
    return {
      ...audited,
      ...progress(),
      seed,
      folder,
      problems,
      ledger: () => readLedgers(folder),
      remove: () => rmSync(folder, { recursive: true, force: true }),
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  } finally {
    clearInterval(telling)
    await crew.kill()
  }
}

async function refuseOtherJobs(queue: JobQueue): Promise<void> {
  const { jobs } = await queue.listJobs({ limit: 1 })
  if (jobs.length > 0) throw new Error('The store has jobs. The lab needs an empty one of its own: another prefix, schema or database.')
}

/** Does the cruelties group by group, again and again until it is over, each at least once. */
async function torment(tormentor: Tormentor, plan: Plan, seed: number, done: Progress['cruelties'], isOver: () => boolean): Promise<void> {
  const random = new Random(seed)
  const { signal } = tormentor
  const doOne = async (cruelty: Cruelty, wait: number) => {
    await pause(wait, signal)
    signal.throwIfAborted()
    await cruelties[cruelty](tormentor)
    done[cruelty] = (done[cruelty] ?? 0) + 1
  }
  for (let round = 0; round === 0 || !isOver(); round++) {
    for (const group of plan.cruelties) {
      if (round > 0 && isOver()) return
      await Promise.all(random.shuffled(group).map((cruelty, index) => doOne(cruelty, plan.rest * (index + 0.5 + random.next()))))
    }
    await pause(100, signal)
    signal.throwIfAborted()
  }
}

/** A job that changes its status while the statuses are counted one after the other can be in none of them: so one look is not enough. */
const emptyLooks = 5

/** Until no job is left to run; answers a problem when nothing ends any more. */
async function drain(queue: JobQueue, crew: Crew, signal: AbortSignal): Promise<string[]> {
  let moved = performance.now()
  let ended = 0
  let looks = 0
  for (;;) {
    signal.throwIfAborted()
    const { byStatus } = await queue.stats({ status: ['scheduled', 'pending', 'running'], scanLimit: 1_000 })
    const { scheduled, pending, running } = byStatus
    looks = scheduled + pending + running === 0 ? looks + 1 : 0
    if (looks === emptyLooks) return []
    const now = crew.totals().ended
    if (now > ended) moved = performance.now()
    ended = now
    if (performance.now() - moved > standstill)
      return [`nothing ends any more: ${scheduled} scheduled, ${pending} pending, ${running} running`]
    await pause(100, signal)
  }
}
