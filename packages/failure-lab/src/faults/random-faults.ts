import type { CallFate, FateOf } from './call-fate.js'

/** How often a call meets what, each 0 to 1; together at most 1. */
export interface FaultRates {
  refused?: number
  answerLost?: number
  overtaken?: number
  /** Slow on one of both ways. */
  slow?: number
  /** The caller hears `TIMEOUT` after `hangs`, and the store never gets the call. */
  hung?: number
}

/** ms of the longest wait of each kind. */
export interface FaultTimes {
  /** Default 500. */
  slow?: number
  /** Default 3,000. */
  hung?: number
  /** An overtaken call gets to the store so late. Default 5,000. */
  late?: number
}

/** Faults by chance: `random` answers 0 up to 1 and makes them repeatable. */
export function randomFaults(random: () => number, rates: FaultRates, { slow = 500, hung = 3_000, late = 5_000 }: FaultTimes = {}): FateOf {
  const fates: [rate: number | undefined, fate: () => CallFate][] = [
    [rates.refused, () => ({ fails: 'refused' })],
    [rates.answerLost, () => ({ fails: 'answerLost' })],
    [rates.overtaken, () => ({ fails: 'overtaken', back: random() * slow, there: random() * late })],
    [rates.slow, () => (random() < 0.5 ? { there: random() * slow } : { back: random() * slow })],
    [rates.hung, () => ({ fails: 'overtaken', back: hung, there: Number.POSITIVE_INFINITY })],
  ]
  return () => {
    let roll = random()
    for (const [rate = 0, fate] of fates) {
      if (roll < rate) return fate()
      roll -= rate
    }
    return {}
  }
}
