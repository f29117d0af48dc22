import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { exitCode } from '../workload/handlers.js'
import type { Orders, Report } from './orders.js'
import type { Cruelty } from './plan.js'

/** One process of the crew, from fork to exit. */
export class Member {
  readonly orders: Orders
  /** What is being done to it. */
  suffers: Cruelty | undefined
  report: Report = { stage: 'starting', targets: [], began: 0, ended: 0, lost: 0, enqueued: 0, calls: 0, failedCalls: 0, troubles: 0 }
  readonly ended: Promise<{ code: number | null; signal: string | null }>
  readonly #child: ChildProcess
  readonly #errors: string
  readonly #onReport = new Set<() => void>()

  constructor(orders: Orders, env: NodeJS.ProcessEnv = {}) {
    this.orders = orders
    this.#errors = join(orders.folder, `${orders.name}.stderr`)
    const errors = openSync(this.#errors, 'a')
    this.#child = fork(new URL('./member-process.js', import.meta.url), [JSON.stringify(orders)], {
      execArgv: [`--max-old-space-size=${orders.plan.memory}`],
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', errors, 'ipc'],
    })
    closeSync(errors)
    this.#child.on('message', (report: Report) => {
      this.report = report
      for (const look of this.#onReport) look()
    })
    this.ended = once(this.#child, 'exit').then(([code, signal]) => ({ code: code as number | null, signal: signal as string | null }))
    void this.ended.then(() => {
      this.report = { ...this.report, stage: 'ended', targets: [] }
      for (const look of this.#onReport) look()
    })
  }

  /** Nothing is being done to it, and it works. */
  get isWell(): boolean {
    return this.suffers === undefined && this.report.stage === 'working'
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Resolves once `is` holds, or when the process has ended. */
  async until(is: (report: Report) => boolean): Promise<void> {
    while (!is(this.report) && this.report.stage !== 'ended') {
      await new Promise<void>((resolve) => {
        const look = () => {
          this.#onReport.delete(look)
          resolve()
        }
        this.#onReport.add(look)
      })
    }
  }

  /** Why it ended, if nobody meant it to. */
  unexpected({ code, signal }: { code: number | null; signal: string | null }): string | undefined {
    if (code === 0 || code === exitCode || this.suffers !== undefined || isOutOfMemory(code, signal)) return undefined
    const said = readFileSync(this.#errors, 'utf8').trim().split('\n').slice(-8).join('\n')
    return `process ${this.orders.name} ended with ${String(signal ?? code)}: ${said}`
  }
}

function isOutOfMemory(code: number | null, signal: string | null): boolean {
  return signal === 'SIGABRT' || signal === 'SIGTRAP' || code === 134 || code === 133
}
