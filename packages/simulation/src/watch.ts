import type { JobRow } from '@dbjobq/core/storage'
import type { Ledger, Run } from './ledger.js'
import type { VirtualTime } from './virtual-time.js'

/** ms that a process may be wrong about the time of the store when the network is slow. */
const clockError = 5_000

interface WatchOptions {
  rows: ReadonlyMap<string, JobRow>
  ledger: Ledger
  time: VirtualTime
  /** Of the store, epoch ms. */
  now: () => number
  trace: ((line: string) => void) | undefined
}

/** Says what may never be: compares the store after each step with what it was, and with who is running what. */
export class Watch {
  readonly #options: WatchOptions
  readonly #seen = new Map<string, JobRow>()
  /** Pruned since. */
  readonly #ended = new Map<string, JobRow>()

  constructor(options: WatchOptions) {
    this.#options = options
  }

  /** @throws Error what is wrong */
  look(): void {
    const { rows, trace } = this.#options
    for (const row of rows.values()) {
      const before = this.#seen.get(row.id)
      if (before?.status === row.status && before.claimId === row.claimId && before.attempts === row.attempts) continue
      trace?.(
        `  ${row.id} ${before?.status ?? 'new'} -> ${row.status}, attempt ${row.attempts}, claim ${row.claimId?.slice(0, 8) ?? 'none'}`,
      )
      this.#judge(row, before)
      this.#seen.set(row.id, { ...row })
    }
    if (this.#seen.size > rows.size) for (const before of this.#seen.values()) if (!rows.has(before.id)) this.#judgeAbsent(before)
  }

  /** The jobs as they ended or are now, pruned ones too. */
  ends(): ReadonlyMap<string, JobRow> {
    return new Map([...this.#ended, ...this.#options.rows])
  }

  /** The runs of a job that believe they hold it, and can act on it now. */
  live(jobId: string): Run[] {
    const { ledger, time } = this.#options
    return (ledger.runs.get(jobId) ?? []).filter(
      ({ process, endedAt, signal }) => endedAt === undefined && process.isAlive && process.frozenUntil <= time.now && !signal.aborted,
    )
  }

  #judge(row: JobRow, before: JobRow | undefined): void {
    if (before && isFinal(before.status) && !this.#options.ledger.retried.has(row.id)) {
      throw new Error(`job ${row.id} was ${before.status} and is ${row.status} (attempt ${row.attempts})`)
    }
    if (before?.status === 'running' && (row.status !== 'running' || row.claimId !== before.claimId)) {
      const [run] = this.live(row.id)
      if (run)
        throw new Error(`job ${row.id} went from ${before.status} to ${row.status} while ${run.process.name} ran it and trusted its lease`)
    }
  }

  #judgeAbsent(before: JobRow): void {
    this.#seen.delete(before.id)
    if (this.#options.ledger.deleted.has(before.id)) return
    if (!isFinal(before.status) || before.deleteAt === null || before.deleteAt > this.#options.now() + clockError) {
      throw new Error(`job ${before.id}, ${before.status}, is gone`)
    }
    this.#ended.set(before.id, before)
  }
}

export function isFinal(status: JobRow['status']): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled'
}
