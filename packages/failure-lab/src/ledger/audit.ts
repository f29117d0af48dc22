import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Job, JobQueue, Schedule } from '@dbjobq/core'
import type { RunResult } from '../workload/jobs.js'
import { auditJob } from './audit-job.js'
import { auditKeys, holdingOf, type Holding } from './audit-keys.js'
import { auditTicks } from './audit-ticks.js'
import { Buckets } from './buckets.js'
import { historiesOf, type History, type JobLine } from './histories.js'
import type { Line, ProcessLine } from './line.js'
import { readLedgers } from './read-ledgers.js'

/** Bytes of ledger for one bucket; in memory it is some five times as much. */
const bucketSize = 16_000_000
const problemsKept = 40

export interface Audited {
  /** In the store. */
  jobs: number
  completed: number
  failed: number
  cancelled: number
  runs: number
  /** Runs whose worker no longer held the job. */
  lost: number
  /** Runs of which their worker never heard what became, most often because it was killed. */
  unheard: number
  /** Jobs in the store whose enqueuer had no answer. */
  unacknowledged: number
  ticks: number
  /** What does not balance: the first 40, and how many more. */
  problems: string[]
}

/** Compares what all processes wrote down with what the store holds, once nothing is left to do. Reads both as streams. */
export async function audit(folder: string, queue: JobQueue): Promise<Audited> {
  const books = new Books()
  const buckets = new Buckets<JobLine>(join(folder, 'buckets'), bucketsFor(folder))
  for await (const line of readLedgers(folder)) {
    books.add(line)
    if ('id' in line) buckets.put(line)
  }
  for await (const job of queue.iterateJobs({}, { order: 'oldest' })) for (const line of linesOf(job, books)) buckets.put(line)
  for (const lines of buckets.read()) for (const history of historiesOf(lines)) books.close(history)
  rmSync(join(folder, 'buckets'), { recursive: true })
  const { schedules } = await queue.schedules.list()
  return books.balance(schedules)
}

class Books {
  readonly #processes = new Map<string, ProcessLine>()
  readonly #problems: string[] = []
  readonly #holdings: Holding[] = []
  readonly #ticks = new Map<string, number[]>()
  readonly #sums = { jobs: 0, completed: 0, failed: 0, cancelled: 0, runs: 0, lost: 0, unheard: 0, unacknowledged: 0, ticks: 0 }
  /** Jobs of which nobody knows whether the store took them. */
  #unanswered = 0

  add(line: Line): void {
    if (line.kind === 'process') this.#processes.set(line.by, line)
    else if (line.kind === 'asked') this.#unanswered += line.count
    else if (line.kind === 'refused') this.#unanswered -= line.count
    else if (line.kind === 'enqueued') this.#unanswered--
  }

  addTick(schedule: string, tick: number): void {
    const ticks = this.#ticks.get(schedule) ?? []
    this.#ticks.set(schedule, ticks)
    ticks.push(tick)
    this.#sums.ticks++
  }

  close(history: History): void {
    this.#problems.push(...auditJob(history, this.#processes))
    this.#holdings.push(...holdingOf(history))
    const { row, runs, enqueued } = history
    this.#sums.runs += runs.length
    this.#sums.lost += runs.filter(({ isLost }) => isLost).length
    this.#sums.unheard += runs.filter(({ isLost, settled }) => !isLost && settled === undefined).length
    if (!row) return
    this.#sums.jobs++
    if (row.status === 'completed' || row.status === 'failed' || row.status === 'cancelled') this.#sums[row.status]++
    if (!enqueued && !row.isMadeByStore) this.#sums.unacknowledged++
  }

  /** An answered call leaves nothing open, so what is in the store beside that is of calls without an answer. */
  balance(schedules: Schedule[]): Audited {
    const found = [
      ...this.#problems,
      ...auditKeys(this.#holdings),
      ...schedules.flatMap((schedule) => auditTicks(schedule, this.#ticks.get(schedule.id) ?? [])),
    ]
    if (this.#sums.unacknowledged > this.#unanswered) {
      found.push(`${this.#sums.unacknowledged} jobs that nobody had an answer for, but only ${this.#unanswered} were asked for without one`)
    }
    const more = found.length - problemsKept
    return { ...this.#sums, problems: [...found.slice(0, problemsKept), ...(more > 0 ? [`and ${more} more`] : [])] }
  }
}

function linesOf(job: Job, books: Books): JobLine[] {
  const { id, type, status, attempts, maxRetries, schedule } = job
  if (schedule) books.addTick(schedule.id, schedule.tick.getTime())
  const { parent } = job.data as { parent?: string }
  const run = (job.result as RunResult | null)?.run ?? null
  const row: JobLine = {
    kind: 'row',
    id,
    type,
    status,
    attempts,
    maxRetries,
    run,
    isMadeByStore: schedule !== null || parent !== undefined,
  }
  return parent === undefined ? [row] : [row, { kind: 'followUp', id: parent }]
}

function bucketsFor(folder: string): number {
  const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  return Math.ceil(bytes / bucketSize) + 1
}
