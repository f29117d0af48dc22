import type { ConformanceCase, Need } from '../case.js'
import { contend } from './contend.js'
import { defaultPlan, type Plan } from './plan.js'

const proves = [
  'claim.exclusive',
  'claim.limits',
  'settle.fenced',
  'heartbeat.claims',
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

/** One plan for a store with several processes, the same within one process for the others. */
export function contentionOf(plan: Omit<Plan, 'seed'>): ConformanceCase[] {
  const workers = `${plan.processes} x ${plan.connections} workers that claim and settle ${plan.jobs.toLocaleString('en')} jobs`
  const beside = `${plan.seconds} s of enqueuers, promoters, rescuers, cancels, deletes, ticks and pruning`
  const variant = (id: string, where: string, need: Need): ConformanceCase => ({
    id: `contention/${id}`,
    title: `withstands ${workers} beside ${beside}, ${where}: no job twice, none lost, no error`,
    proves,
    needs: [need],
    timeout: (plan.seconds + plan.drainSeconds + 60) * 1_000,
    run: (context) => contend(context, { ...plan, seed: context.seed }),
  })
  return [variant('processes', `in ${plan.processes} processes`, 'processes'), variant('one-process', 'all in one process', 'one-process')]
}

export const contentionCases: ConformanceCase[] = contentionOf(defaultPlan)
