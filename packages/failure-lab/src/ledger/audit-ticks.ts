import type { Schedule } from '@dbjobq/core'

/** Every tick from the first to the last came exactly once. `ticks`: those of the jobs in the store, epoch ms. */
export function auditTicks({ id, startAt, every, lastTick }: Schedule, ticks: number[]): string[] {
  if (!startAt || every === null) throw new Error('the lab audits schedules of `every` with a start')
  const come = Map.groupBy(ticks, (tick) => tick)
  const problems = [...come]
    .filter(([, each]) => each.length > 1)
    .map(([tick, each]) => `schedule ${id}: ${each.length} jobs of the tick ${tick}`)
  for (let tick = startAt.getTime(); tick <= (lastTick?.getTime() ?? 0); tick += every) {
    if (!come.delete(tick)) problems.push(`schedule ${id}: no job of the tick ${tick}`)
  }
  return [...problems, ...[...come.keys()].map((tick) => `schedule ${id}: a job of ${tick}, which is no tick`)]
}
