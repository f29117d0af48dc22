import { randomUUID } from 'node:crypto'
import type { ClaimRequest, JobRow } from '../../model/storage.js'
import type { RunnableHint } from '../hints.js'
import { Loop, type Reports } from '../loop.js'
import type { Store } from '../store.js'

/** Claims beyond this gain nothing measurable; it also bounds what a dying worker leaves to rescue. */
const claimLimit = 500
const promoteLimit = 1_000
/** A foreign type met in a queue: for so long only own types are claimed there, ms. */
const foreignTypesFor = 600_000
/** The store saw more but others were faster: look again after this, ms. */
const contentionPause = 10

interface ClaimerOptions {
  store: Store
  queues: string[]
  types: string[]
  /** The rest between looks at an empty queue grows from min to max, ms. */
  poll: { min: number; max: number }
  /** Null: no claims now. */
  workerId: () => string | null
  /** How many more jobs the worker may hold; 0 = none for now. */
  room: () => number
  /** How many more of one queue. */
  roomOf: (queue: string) => number
  onClaimed: (jobs: JobRow[], workerId: string) => void
  reports: Reports
}

/** Fetches jobs: promotes what is due, claims in batches as there is room, and looks again ever more seldom while there is nothing. */
export class Claimer {
  readonly #options: ClaimerOptions
  readonly #loop: Loop
  /** The calls whose answer is not here yet. */
  readonly claimsInFlight = new Set<string>()
  readonly #foreignUntil = new Map<string, number>()
  /** Queues in which nothing was left at the last look: free slots alone are no reason to look again. */
  readonly #drained = new Set<string>()
  #rest: number
  #lookAgainAt = 0
  #promotedAt = Number.NEGATIVE_INFINITY
  /** Epoch ms of the store. */
  #nextRunAt: number | null = null
  /** Hints so far: the answer of a promotion that was under way when one came may be older than what it told. */
  #hinted = 0

  constructor(options: ClaimerOptions) {
    this.#options = options
    this.#rest = options.poll.min
    this.#loop = new Loop(() => this.#turn(), options.reports.onTrouble, options.reports.onTurned)
  }

  start(): void {
    this.#loop.start()
  }

  stop(): Promise<void> {
    return this.#loop.stop()
  }

  /** There is room, or a lease again. */
  wake(): void {
    if (this.#hasWork()) this.#loop.wake()
  }

  /** Anything may have changed. */
  look(): void {
    this.#hinted++
    this.#drained.clear()
    this.#promotedAt = Number.NEGATIVE_INFINITY
    this.#loop.wake()
  }

  hint({ queue, runAt }: RunnableHint): void {
    if (!this.#options.queues.includes(queue)) return
    this.#hinted++
    if (runAt === 0) this.#drained.delete(queue)
    else if (this.#nextRunAt !== null && this.#nextRunAt <= runAt) return
    else this.#nextRunAt = runAt
    this.#loop.wake()
  }

  /** From now on this queue is asked for our types only, for ten minutes. */
  meetForeignType(queue: string): void {
    this.#foreignUntil.set(queue, performance.now() + foreignTypesFor)
  }

  async #turn(): Promise<number> {
    const workerId = this.#options.workerId()
    if (workerId === null) return this.#options.poll.max
    await this.#promoteDue()
    if (!this.#hasWork() && performance.now() < this.#lookAgainAt) return this.#untilNextLook()
    const limit = Math.min(this.#options.room(), claimLimit)
    const queues = this.#queuesWithRoom(limit)
    if (queues.length === 0) return this.#options.poll.min
    const { count, more } = await this.#claim(workerId, limit, queues)
    if (count > 0) this.#rest = this.#options.poll.min
    if (more) return count > 0 ? 0 : contentionPause * (0.5 + Math.random())
    this.#lookAgainAt = performance.now() + this.#rest
    if (count === 0) this.#rest = Math.min(this.#rest * 2, this.#options.poll.max)
    return this.#untilNextLook()
  }

  /** Some queue with room was not seen empty. */
  #hasWork(): boolean {
    return this.#options.queues.some((queue) => !this.#drained.has(queue) && this.#options.roomOf(queue) > 0)
  }

  /** A queue without room is not looked at, so it may have jobs when it has room again. */
  #queuesWithRoom(limit: number): ClaimRequest['queues'] {
    return this.#options.queues.flatMap((name) => {
      const own = Math.min(limit, this.#options.roomOf(name))
      if (own > 0) return [{ name, limit: own, ...this.#typesOf(name) }]
      if (limit > 0) this.#drained.delete(name)
      return []
    })
  }

  async #claim(workerId: string, limit: number, queues: ClaimRequest['queues']): Promise<{ count: number; more: boolean }> {
    const claimId = randomUUID()
    this.claimsInFlight.add(claimId)
    // Until the answer says otherwise: a hint that comes meanwhile may be of a job that the claim did not see, and must stand.
    for (const { name } of queues) this.#drained.add(name)
    let more = true
    try {
      const answer = await this.#options.store.storage.claimJobs({ claimId, workerId, limit, queues })
      more = answer.more
      if (answer.jobs.length > 0) this.#options.onClaimed(answer.jobs, workerId)
      return { count: answer.jobs.length, more }
    } finally {
      this.claimsInFlight.delete(claimId)
      if (more) for (const { name } of queues) this.#drained.delete(name)
    }
  }

  #typesOf(queue: string): { types?: string[] } {
    const until = this.#foreignUntil.get(queue)
    return until !== undefined && performance.now() < until ? { types: this.#options.types } : {}
  }

  /** Scheduled jobs become claimable at their time, and at every look in case another process scheduled one earlier. */
  async #promoteDue(): Promise<void> {
    const { store, poll } = this.#options
    const isDue = this.#nextRunAt !== null && this.#nextRunAt <= store.clock.now()
    if (!isDue && performance.now() - this.#promotedAt < (this.#hasWork() ? poll.min : this.#rest)) return
    for (let more = true; more;) {
      const hinted = this.#hinted
      const answer = await store.storage.promoteJobs({ now: store.clock.now(), limit: promoteLimit })
      more = answer.more
      this.#nextRunAt = hinted === this.#hinted ? answer.nextRunAt : earlier(this.#nextRunAt, answer.nextRunAt)
      // Others may have found nothing, or have slots free when this worker has none.
      for (const queue of answer.queues) store.hints.send({ kind: 'runnable', queue, runAt: 0 })
    }
    this.#promotedAt = performance.now()
  }

  #untilNextLook(): number {
    const look = this.#lookAgainAt - performance.now()
    const due = this.#nextRunAt === null ? Number.POSITIVE_INFINITY : this.#nextRunAt - this.#options.store.clock.now()
    return Math.max(1, Math.min(look, due))
  }
}

function earlier(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other)
}
