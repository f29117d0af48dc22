import { setTimeout as pause } from 'node:timers/promises'
import type { LedgerFile } from '../ledger/ledger-file.js'
import { Member } from './member.js'
import type { Orders, Report } from './orders.js'
import type { Cruelty, Plan } from './plan.js'

interface CrewOptions {
  module: string
  env?: NodeJS.ProcessEnv
  folder: string
  plan: Plan
  seed: number
  ledger: LedgerFile
}

/** ms: longer than a worker drains, hands back and closes. */
const endPatience = 60_000

export type Totals = Pick<Report, 'began' | 'ended' | 'lost' | 'enqueued' | 'calls' | 'failedCalls' | 'troubles'>

/** The processes of a run. One that ends is replaced by another under a new name, until the crew is dismissed. */
export class Crew {
  readonly #options: CrewOptions
  readonly #members = new Set<Member>()
  readonly #past: Report[] = []
  /** What no cruelty explains. */
  readonly problems: string[] = []
  readonly #dismissed = new Set<Orders['role']>()
  #names = 0

  constructor(options: CrewOptions) {
    this.#options = options
    const { workers, enqueuers } = options.plan
    for (let index = 0; index < workers; index++) this.#hire('worker')
    for (let index = 0; index < enqueuers; index++) this.#hire('enqueuer')
  }

  /** Those that work and to which nothing is being done. */
  well(role: Orders['role']): Member[] {
    return [...this.#members].filter((member) => member.orders.role === role && member.isWell)
  }

  /** A worker that is well and runs this job, which is of the type `target`. */
  runnerOf(id: string): Member | undefined {
    return this.well('worker').find(({ report }) => report.targets.includes(id))
  }

  /** Since the start, all processes together. */
  totals(): Totals {
    const totals: Totals = { began: 0, ended: 0, lost: 0, enqueued: 0, calls: 0, failedCalls: 0, troubles: 0 }
    for (const report of [...this.#past, ...[...this.#members].map(({ report }) => report)]) {
      for (const name of Object.keys(totals) as (keyof Totals)[]) totals[name] += report[name]
    }
    return totals
  }

  /** Ends those of one role by SIGTERM, and waits until they have ended. */
  async dismiss(role: Orders['role']): Promise<void> {
    this.#dismissed.add(role)
    const leaving = [...this.#members].filter((member) => member.orders.role === role)
    for (const member of leaving) member.kill('SIGTERM')
    const late = new AbortController()
    const hanging = pause(endPatience, undefined, { signal: late.signal }).then(
      () => {
        for (const member of leaving.filter((each) => this.#members.has(each))) {
          this.problems.push(`process ${member.orders.name} did not end by itself: a connection, timer or listener is left open`)
          member.kill('SIGKILL')
        }
      },
      () => undefined,
    )
    await Promise.all(leaving.map(({ ended }) => ended))
    late.abort()
    await hanging
  }

  /** Ends all at once, whatever they do. */
  async kill(): Promise<void> {
    this.#dismissed.add('worker').add('enqueuer')
    const members = [...this.#members]
    for (const member of members) member.kill('SIGKILL')
    await Promise.all(members.map(({ ended }) => ended))
  }

  #hire(role: Orders['role']): void {
    const { module, env, folder, plan, seed } = this.#options
    const member = new Member({ role, name: `${role}-${++this.#names}`, module, folder, plan, seed }, env)
    this.#members.add(member)
    void member.ended.then((end) => {
      this.#members.delete(member)
      this.#past.push(member.report)
      const cruelty: Cruelty | null = member.suffers ?? null
      this.#options.ledger.writeOf(member.orders.name, { kind: 'process', cruelty, ...end })
      if (this.#dismissed.has(role)) return
      const problem = member.unexpected(end)
      if (problem !== undefined) this.problems.push(problem)
      this.#hire(role)
    })
  }
}
