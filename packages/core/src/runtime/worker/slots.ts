import type { Ending } from '../../model/outcome.js'
import { DbjobqError } from '../../model/errors.js'
import { Capacity } from './capacity.js'
import type { HeldJob } from './held-job.js'
import { Holdings } from './holdings.js'
import type { WorkerSettings } from './worker-options.js'

interface SlotsOptions {
  settings: WorkerSettings
  run: (held: HeldJob) => Promise<Ending | undefined>
  settle: (held: HeldJob, ending: Ending) => void
  /** Nothing of it is to be settled here: it was taken from this worker. */
  onLost: (held: HeldJob) => void
  /** A slot is free and no job waits here. */
  onHungry: () => void
  tell: (during: string, error: unknown) => void
}

/** The jobs of a worker from claim to settlement: those that wait get a slot in order of preference. */
export class Slots {
  readonly held = new Holdings()
  readonly #options: SlotsOptions
  readonly #capacity: Capacity
  #running = 0
  #whenIdle: (() => void) | undefined

  constructor(options: SlotsOptions) {
    this.#options = options
    this.#capacity = new Capacity(options.settings.concurrency)
  }

  /** Slots taken: handlers that run and are waited for. */
  get running(): number {
    return this.#running
  }

  /** How many more jobs may be claimed. */
  get room(): number {
    const room = this.#capacity.jobs - this.held.size
    // Refilling by handfuls would cost a claim for each job: wait until half is free, unless slots are.
    return this.held.waiting > 0 && room < this.#capacity.jobs / 2 ? 0 : Math.max(room, 0)
  }

  /** How many more of one queue. */
  roomOf(queue: string): number {
    const limit = this.#options.settings.queueLimits.get(queue)
    return limit === undefined ? Number.POSITIVE_INFINITY : Math.max(limit - this.held.countOf(queue), 0)
  }

  add(jobs: HeldJob[]): void {
    for (const held of this.held.add(jobs)) {
      held.abort(new DbjobqError('LEASE_LOST', `Job ${held.row.id} was claimed anew.`))
      this.#options.onLost(held)
    }
    this.#fill()
  }

  /** Gives back, uncounted, all that wait, or those of one queue. */
  releaseWaiting(queue?: string): void {
    const waiting = queue === undefined ? this.held.takeWaiting() : this.held.takeWaitingOf(queue)
    for (const held of waiting) this.#options.settle(held, { kind: 'released' })
  }

  abortRunning(reason: DbjobqError): void {
    for (const held of this.held.values()) if (held.state === 'running') held.abort(reason)
  }

  /** Resolves once no slot is taken. */
  idle(): Promise<void> {
    return this.#running === 0 ? Promise.resolve() : new Promise((resolve) => (this.#whenIdle = resolve))
  }

  #fill(): void {
    while (this.#running < this.#options.settings.concurrency) {
      const held = this.held.next()
      if (!held) break
      if (held.reason) this.#options.settle(held, { kind: 'cancelled' })
      else this.#run(held)
    }
  }

  #run(held: HeldJob): void {
    const startedAt = performance.now()
    this.#running++
    this.#options
      .run(held)
      .catch((error: unknown) => {
        this.#options.tell('start of a job', error)
        return { kind: 'released' } as const
      })
      .then((ending) => {
        this.#running--
        this.#capacity.ran(performance.now() - startedAt)
        this.#end(held, ending)
        this.#fill()
        if (this.held.waiting === 0) this.#options.onHungry()
        if (this.#running === 0) this.#whenIdle?.()
      })
      .catch((error: unknown) => this.#options.tell('end of a job', error))
  }

  #end(held: HeldJob, ending: Ending | undefined): void {
    if (ending && !held.isLost) this.#options.settle(held, ending)
    else if (this.held.remove(held) && held.isLost) this.#options.onLost(held)
  }
}
