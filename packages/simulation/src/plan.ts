import { Random } from '@dbjobq/storage-conformance/random'

export type Cruelty = 'kill' | 'freeze' | 'partition' | 'outage' | 'setClock' | 'deploy' | 'slowNetwork'

/** What a world is like. All of it is drawn from the seed. */
export interface Plan {
  seed: number
  /** Virtual ms of work and trouble; then all is healed and must end well. */
  duration: number
  workers: number
  concurrency: number
  /** ms */
  lease: number
  /** Mean ms between two calls of the producers. */
  callEvery: number
  /** ms between two ticks of the schedule that ticks most often. */
  tickEvery: number
  /** Mean ms between two cruelties; `Infinity`: a calm world, in which nothing may run twice. */
  crueltyEvery: number
  cruelties: [Cruelty, ...Cruelty[]]
  /** 0 to 1: calls that fail, in each of four ways. */
  faults: number
  /** 0 to 1: hints that get lost. */
  lostHints: number
  /** At most so many ms the wall clocks of the processes are off, either way. */
  skew: number
  /** One blow at one moment of the first worker. */
  aim?: Aim
}

/**
 * `kill` and `freeze` (for two leases): before its happening number `at`. `refused` and `answerLost`: its call number `at`. So all moments at
 * which something of it may be cut off are tried one after another.
 */
export interface Aim {
  blow: 'kill' | 'freeze' | 'refused' | 'answerLost'
  at: number
}

const minute = 60_000
const hour = 60 * minute
const all: Plan['cruelties'] = ['kill', 'freeze', 'partition', 'outage', 'setClock', 'deploy', 'slowNetwork']

/** Of each five seeds one is a calm world, one has a single kind of cruelty, one is quiet and long, two have everything. */
export function planOf(seed: number): Plan {
  const random = new Random(seed)
  const crowded: Plan = {
    seed,
    duration: random.between(1, 3) * minute,
    workers: random.between(2, 4),
    concurrency: random.between(1, 5),
    lease: random.pick([3_000, 3_000, 10_000]),
    callEvery: random.between(100, 1_000),
    tickEvery: 7_000,
    crueltyEvery: random.between(3_000, 30_000),
    cruelties: all,
    faults: random.pick([0, 0.005, 0.03]),
    lostHints: random.pick([0, 0.1, 1]),
    skew: random.pick([0, 10 * minute, hour]),
  }
  switch (seed % 5) {
    case 0:
      return { ...crowded, crueltyEvery: Number.POSITIVE_INFINITY, faults: 0 }
    case 1:
      return { ...crowded, cruelties: [random.pick(all)] }
    case 2:
      return {
        ...crowded,
        duration: random.between(1, 4) * hour,
        lease: minute,
        callEvery: 5 * minute,
        tickEvery: 10 * minute,
        crueltyEvery: 30 * minute,
        workers: 2,
      }
    default:
      return crowded
  }
}

/** A world in which much goes wrong, so that what a broken store does shows soon. */
export function harshPlan(seed: number): Plan {
  return { ...planOf(5 * seed + 3), lease: 3_000, duration: 4 * minute, faults: 0.08 }
}

/** A small world that is hit once. */
export function aimedPlan(aim: Aim): Plan {
  return {
    seed: 1,
    duration: 20_000,
    workers: 2,
    concurrency: 2,
    lease: 3_000,
    callEvery: 400,
    tickEvery: 7_000,
    crueltyEvery: Number.POSITIVE_INFINITY,
    cruelties: all,
    faults: 0,
    lostHints: 0,
    skew: 0,
    aim,
  }
}

/** Nothing fails and nobody is hurt. */
export function isCalm({ crueltyEvery, aim }: Plan): boolean {
  return crueltyEvery === Number.POSITIVE_INFINITY && !aim
}
