import type { JobStorage } from '@dbjobq/core'
import { anythingChanged, type Wakeups } from '@dbjobq/core/storage'
import type { Random } from '@dbjobq/storage-conformance/random'
import { randomFaults, withFaults, type CallFate, type Ways } from '@dbjobq/failure-lab/faults'
import type { Plan } from './plan.js'
import type { SimProcess } from './sim-process.js'
import type { VirtualTime } from './virtual-time.js'

/** As adapters promise: a call ends by then, ms. */
const callTimeout = 15_000

interface NetworkOptions {
  time: VirtualTime
  random: Random
  plan: Pick<Plan, 'faults' | 'lostHints' | 'aim'>
  /** A call has got to the store. */
  onArrived: (process: SimProcess, member: string) => void
}

/** Between the processes and the store: delays, loses, cuts off. */
export class Network {
  readonly #options: NetworkOptions
  readonly #faults
  readonly #listeners = new Map<SimProcess, Set<(hint: string) => void>>()
  /** The store answers nobody until then, virtual ms. */
  outageUntil = 0
  /** From now on no call fails and no hint gets lost. */
  isHealed = false
  /** By process: calls that were made while none could get through. */
  readonly callsInVain = new Map<SimProcess, number>()

  constructor(options: NetworkOptions) {
    this.#options = options
    const { random, plan } = options
    const { faults: rate } = plan
    this.#faults = randomFaults(() => random.next(), { refused: rate, answerLost: rate, overtaken: rate, hung: rate / 4 })
  }

  /** The store as that process reaches it. */
  connect(storage: JobStorage, process: SimProcess): JobStorage {
    const reached = withFaults(storage, () => this.#fate(process), this.#ways(process))
    const wakeups = this.#wakeups(storage.wakeups, process)
    return new Proxy(reached, { get: (target, name) => (name === 'wakeups' ? wakeups : (Reflect.get(target, name) as unknown)) })
  }

  /** The way is free again: who listens connects again, and says so. */
  heal(process: SimProcess): void {
    for (const hear of this.#listeners.get(process) ?? []) this.#tell(process, hear, anythingChanged)
  }

  isCutOff(process: SimProcess): boolean {
    return Math.max(this.outageUntil, process.partitionedUntil) > this.#options.time.now
  }

  #fate(process: SimProcess): CallFate {
    const { random } = this.#options
    if (this.isCutOff(process)) {
      this.callsInVain.set(process, (this.callsInVain.get(process) ?? 0) + 1)
      return random.chance(0.7)
        ? { fails: 'refused', there: 0.2 }
        : { fails: 'overtaken', back: callTimeout, there: Number.POSITIVE_INFINITY }
    }
    const { aim } = this.#options.plan
    const isHit = process.isAimedAt && aim?.at === ++process.calls
    if (isHit && (aim.blow === 'refused' || aim.blow === 'answerLost')) return { fails: aim.blow, there: 1, back: 1 }
    const injected = this.isHealed ? {} : this.#faults('')
    const fate = { ...injected, there: (injected.there ?? 0) + this.#latency(process), back: (injected.back ?? 0) + this.#latency(process) }
    return fate.fails === undefined && fate.there + fate.back > callTimeout ? { ...fate, fails: 'overtaken', back: callTimeout } : fate
  }

  #latency(process: SimProcess): number {
    const { random, time } = this.#options
    const usual = 0.1 - Math.log(1 - random.next()) * 1.5
    return process.slowUntil > time.now ? usual + random.next() * 4_000 : usual
  }

  #ways(process: SimProcess): Ways {
    const { time, onArrived } = this.#options
    return {
      // What was sent may get there though its sender has died.
      there: async (ms, member) => {
        await time.sleep(ms, undefined)
        onArrived(process, member)
      },
      back: (ms) => time.sleep(ms, process),
    }
  }

  #wakeups(wakeups: Wakeups | undefined, process: SimProcess): Wakeups | undefined {
    if (!wakeups) return undefined
    const sender = { send: wakeups.send.bind(wakeups) } as unknown as JobStorage
    const sending = withFaults(sender, () => this.#fate(process), this.#ways(process)) as unknown as Pick<Wakeups, 'send'>
    return {
      send: (hints) => sending.send(hints),
      listen: async (onHint) => {
        const listeners = this.#listeners.get(process) ?? new Set()
        this.#listeners.set(process, listeners.add(onHint))
        const end = await wakeups.listen((hint) => this.#tell(process, onHint, hint))
        return () => {
          listeners.delete(onHint)
          return end()
        }
      },
    }
  }

  #tell(process: SimProcess, hear: (hint: string) => void, hint: string): void {
    const { random, plan, time } = this.#options
    if (this.isCutOff(process) || (!this.isHealed && random.chance(plan.lostHints))) return
    time.after(
      this.#latency(process),
      () => {
        if (!this.isCutOff(process)) hear(hint)
      },
      process,
    )
  }
}
