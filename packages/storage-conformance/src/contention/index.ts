import type { ConformanceCase, Need } from '../case.js'
import { contend } from './contend.js'
import { drainPlan, mixedPlan, type Plan } from './plan.js'

const fenced = ['claim.exclusive', 'claim.limits', 'settle.fenced', 'heartbeat.claims']
const mixed = [
  ...fenced,
  'insert.key',
  'insert.key-released',
  'promote.once',
  'settle.cancel',
  'settle.follow-ups',
  'settle.forget-claim',
  'heartbeat.never-revive',
  'orphans.dead-only',
  'delete.not-running',
  'prune.limit',
  'states.compare-and-set',
  'states.jobs',
]

/** `contention/drain`: one plan for a store with several processes, the same within one process for the others. */
export function drainCases(plan: Omit<Plan, 'seed'> = drainPlan): ConformanceCase[] {
  const size = `${plan.processes} x ${plan.connections} workers that claim and settle ${plan.jobs.toLocaleString('en')} jobs`
  return bothWays('drain', size, fenced, plan)
}

/** `contention/mixed`: the same with everything that happens beside. */
export function mixedCases(plan: Omit<Plan, 'seed'> = mixedPlan): ConformanceCase[] {
  const beside = 'enqueuers, promoters, rescuers, cancels, deletes, ticks and pruning beside the workers'
  return bothWays('mixed', `${plan.seconds} s of ${beside} in ${plan.processes} places`, mixed, plan)
}

export const contentionCases: ConformanceCase[] = [...drainCases(), ...mixedCases()]

function bothWays(name: string, load: string, proves: string[], plan: Omit<Plan, 'seed'>): ConformanceCase[] {
  const variant = (suffix: string, where: string, need: Need): ConformanceCase => ({
    id: `contention/${name}-${suffix}`,
    title: `withstands ${load}, ${where}: no job twice, none lost, no error`,
    proves,
    needs: [need],
    timeout: (plan.seconds + plan.drainSeconds + 60) * 1_000,
    run: (context) => contend(context, { ...plan, seed: context.seed }),
  })
  return [variant('processes', 'each place a process', 'processes'), variant('one-process', 'all in one process', 'one-process')]
}
