import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { DbjobqError } from '../../model/errors.js'
import type { HeartbeatAnswer } from '../../model/storage.js'
import { Loop, type Reports } from '../loop.js'
import type { Store } from '../store.js'

/** Beats in one lease: five may be missed. */
const beatsPerLease = 6

interface LeaseOptions {
  store: Store
  /** ms */
  lease: number
  /** Told to those who look at the workers. */
  describe: () => object
  onBeat: (claims: HeartbeatAnswer['claims']) => Promise<void>
  onLost: (reason: DbjobqError) => void
  reports: Reports
}

/**
 * The lease of a worker: while it holds, nobody rescues its jobs. Its end is counted by monotonic time from before the beat
 * was sent, so that this process gives up its jobs before another takes them. A lease that is lost is never renewed: the
 * worker goes on under a new id.
 */
export class Lease {
  readonly #options: LeaseOptions
  readonly #loop: Loop
  #workerId = randomUUID()
  #isHeld = false
  #expiry: NodeJS.Timeout | undefined
  /** `performance.now()` at which it runs out. */
  #end = 0
  /** Epoch ms of the store. */
  #until: number | null = null

  constructor(options: LeaseOptions) {
    this.#options = options
    this.#loop = new Loop(() => this.#beat(), options.reports.onTrouble, options.reports.onTurned)
  }

  get workerId(): string {
    return this.#workerId
  }

  /** The first beat was answered and the lease has not run out. */
  get isHeld(): boolean {
    return this.#isHeld
  }

  /** Epoch ms of the store; null while it is not held. */
  get until(): number | null {
    return this.#isHeld ? this.#until : null
  }

  /** Notices that it ran out while this process stood still: what was due then may run before the timer that would tell. */
  check(): void {
    if (this.#isHeld && performance.now() >= this.#end) this.#expire()
  }

  /** Rejects when the first beat does. */
  async start(): Promise<void> {
    await this.#beat()
    this.#loop.start()
  }

  /** Ends the lease, so that nobody has to wait for it to run out. */
  async stop(): Promise<void> {
    await this.#loop.stop()
    clearTimeout(this.#expiry)
    if (!this.#isHeld) return
    this.#isHeld = false
    const { store } = this.#options
    const now = store.clock.now()
    await store.storage.heartbeat({ workerId: this.#workerId, info: '', now, leaseUntil: now, first: false })
  }

  async #beat(): Promise<number> {
    const { store, lease } = this.#options
    if (store.clock.isStale) await store.clock.sync()
    const sentAt = performance.now()
    const now = store.clock.now()
    const info = JSON.stringify({ host: hostname(), pid: process.pid, ...this.#options.describe() })
    const workerId = this.#workerId
    const { alive, claims } = await store.storage.heartbeat({ workerId, info, now, leaseUntil: now + lease, first: !this.#isHeld })
    if (workerId !== this.#workerId) return 0
    if (!alive) {
      this.#lose()
      return 0
    }
    this.#isHeld = true
    this.#until = now + lease
    this.#expireAt(sentAt + lease)
    await this.#options.onBeat(claims)
    return lease / beatsPerLease
  }

  #expireAt(end: number): void {
    clearTimeout(this.#expiry)
    this.#end = end
    // A timer drops the fraction and fires early.
    this.#expiry = setTimeout(() => this.#expire(), Math.ceil(end - performance.now()))
    this.#expiry.unref()
  }

  #expire(): void {
    if (performance.now() < this.#end) {
      this.#expireAt(this.#end)
      return
    }
    this.#lose()
    this.#loop.wake()
  }

  #lose(): void {
    clearTimeout(this.#expiry)
    this.#isHeld = false
    this.#workerId = randomUUID()
    this.#options.onLost(new DbjobqError('LEASE_LOST', 'This worker could not renew its lease in time; its jobs are given to others.'))
  }
}
