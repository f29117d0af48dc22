import type { JobRow } from '@dbjobq/core/storage'
import type { Ledger, Run } from './ledger.js'
import { isCalm, type Plan } from './plan.js'
import { isFinal } from './watch.js'

/** Compares the end of a world with its ledger; answers what does not balance. */
export function audit(rows: ReadonlyMap<string, JobRow>, ledger: Ledger, plan: Plan): string[] {
  const problems: string[] = []
  for (const id of ledger.acknowledged)
    if (!rows.has(id) && !ledger.deleted.has(id)) problems.push(`job ${id} was acknowledged and is lost`)
  for (const [key, ids] of ledger.ticks) if (ids.size > 1) problems.push(`${key} came ${ids.size} times`)
  for (const row of rows.values()) problems.push(...auditJob(row, ledger, isCalm(plan)))
  return problems
}

function* auditJob(row: JobRow, ledger: Ledger, wasCalm: boolean): Iterable<string> {
  const runs = ledger.runs.get(row.id) ?? []
  const well = runs.filter(({ ended }) => ended === 'well')
  if (!isFinal(row.status)) yield `job ${row.id} is still ${row.status}`
  if (row.status === 'completed' && well.length === 0) yield `job ${row.id} is completed and never ended well`
  if (ledger.retried.has(row.id)) return
  const unexplained = well.filter((run) => !isExplained(run, ledger))
  if (unexplained.length > 1) {
    yield `job ${row.id} ended well ${well.length} times, ${unexplained.length} of them in workers that lost nothing: ${unexplained.map(({ process }) => process.name).join(', ')}`
  }
  const attempts = runs.map(({ attempt }) => attempt)
  if (wasCalm && new Set(attempts).size < attempts.length && !row.data.includes('snoozing'))
    yield `job ${row.id} ran twice for one attempt in a calm world: ${attempts.join(', ')}`
}

/** Why its end need not be the one that counts: the process died, or its worker was told that it no longer had the job. */
function isExplained({ process, jobId, signal }: Run, ledger: Ledger): boolean {
  return !process.isAlive || signal.aborted || ledger.lost.has(`${process.name} ${jobId}`)
}
