import type { Random } from '@dbjobq/storage-conformance/random'
import type { Network } from './network.js'
import type { Cruelty, Plan } from './plan.js'
import type { SimProcess } from './sim-process.js'
import type { VirtualTime } from './virtual-time.js'

/** Calls that a process may make while none gets through, by second, and as many at once. */
const callsInVainPerSecond = 40

interface TormentorOptions {
  time: VirtualTime
  random: Random
  plan: Plan
  network: Network
  /** All that ever were. */
  processes: SimProcess[]
  trace: ((line: string) => void) | undefined
  kill: (process: SimProcess) => void
  deploy: (process: SimProcess) => void
  onProblem: (problem: string) => void
}

/** Does to the processes and to the network what the plan says, at times and to victims that the seed chooses. */
export class Tormentor {
  readonly #options: TormentorOptions

  constructor(options: TormentorOptions) {
    this.#options = options
  }

  start(): void {
    const { plan, random, time } = this.#options
    if (plan.crueltyEvery === Number.POSITIVE_INFINITY) return
    time.after(
      -Math.log(1 - random.next()) * plan.crueltyEvery,
      () => {
        if (time.now >= plan.duration) return
        this.#strike(random.pick(plan.cruelties))
        this.start()
      },
      undefined,
    )
  }

  #strike(cruelty: Cruelty): void {
    const { plan, random, time, network, processes, trace, kill, deploy } = this.#options
    const victims = processes.filter(({ isAlive }) => isAlive)
    const victim = victims[random.between(0, victims.length - 1)]
    if (!victim) return
    const ms = random.next() * plan.lease * 3
    const until = time.now + ms
    trace?.(`${cruelty} ${victim.name} for ${Math.round(ms)} ms`)
    switch (cruelty) {
      case 'kill':
        if (victim.worker) kill(victim)
        break
      case 'freeze':
        victim.freeze(until)
        break
      case 'partition':
        victim.partitionedUntil = until
        this.#healAt(until, [victim])
        break
      case 'outage':
        network.outageUntil = until
        this.#healAt(until, processes)
        break
      case 'setClock':
        victim.skew = (random.next() * 2 - 1) * 3_600_000
        break
      case 'slowNetwork':
        victim.slowUntil = until
        break
      case 'deploy':
        if (victim.worker && !victim.isStopping) deploy(victim)
    }
  }

  #healAt(at: number, processes: SimProcess[]): void {
    const { time, network, onProblem } = this.#options
    const began = time.now
    const before = new Map(network.callsInVain)
    time.after(
      at - began + 1,
      () => {
        for (const process of processes) {
          if (network.isCutOff(process)) continue
          const calls = (network.callsInVain.get(process) ?? 0) - (before.get(process) ?? 0)
          const most = callsInVainPerSecond * (1 + (time.now - began) / 1_000)
          if (calls > most) onProblem(`${process.name} made ${calls} calls in vain within ${Math.round(time.now - began)} ms`)
          network.heal(process)
        }
      },
      undefined,
    )
  }
}
