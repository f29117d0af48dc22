import { expectedOf } from '../workload/jobs.js'
import type { History, Run } from './histories.js'
import type { ProcessLine, RowLine } from './line.js'

/** Processes that have ended, by name. */
export type Processes = ReadonlyMap<string, ProcessLine>

/** What is wrong with the life of one job. */
export function auditJob(history: History, processes: Processes): string[] {
  const { id, row, runs } = history
  const problems = row ? auditRow(history, row) : auditAbsence(history)
  const found = [...problems, ...auditFinals(history), ...auditAttempts(runs, row), ...auditOverlaps(runs, processes)]
  return found.map((problem) => `job ${id} (${row?.type ?? runs[0]?.type ?? 'never run'}): ${problem}`)
}

/** The run whose result the store holds. */
export function winnerOf({ row, runs }: History): Run | undefined {
  return runs.find(({ run }) => run === row?.run)
}

function auditAbsence({ enqueued, isNamed, runs }: History): string[] {
  if (enqueued) return ['enqueued, and lost']
  if (isNamed) return ['named as the holder of a key, and not there']
  return runs.length > 0 ? ['it ran, and is not there'] : []
}

function auditRow(history: History, row: RowLine): string[] {
  const { status, attempts, maxRetries } = row
  const { ends, followUps } = expectedOf(row.type)
  const winner = winnerOf(history)
  const problems: string[] = []
  if (status === 'scheduled' || status === 'pending' || status === 'running') return [`never ended; it is ${status}`]
  if (status === 'cancelled' && !history.isCancelAsked) problems.push('cancelled, and nobody asked for it')
  if (status !== 'cancelled' && status !== ends) problems.push(`${status}, but should have ${ends}`)
  if (status !== 'cancelled' && (attempts < 1 || attempts > maxRetries + 1)) problems.push(`${attempts} attempts of ${maxRetries + 1}`)
  if (status === 'failed' && attempts !== maxRetries + 1) problems.push(`failed after ${attempts} attempts of ${maxRetries + 1}`)
  if (status === 'completed' && winner?.ended?.how !== 'returned')
    problems.push(`completed with the result of ${row.run ?? 'no run'}, which did not return`)
  if (winner && winner.attempt !== attempts) problems.push(`its result is of attempt ${winner.attempt}, it has ${attempts}`)
  const wanted = status === 'completed' ? followUps : 0
  if (history.followUps !== wanted) problems.push(`${history.followUps} follow-ups, not ${wanted}`)
  return problems
}

function auditFinals({ finals, row, runs }: History): string[] {
  if (finals.length > 1) return [`ended ${finals.length} times: ${finals.join(', ')}`]
  const [final] = finals
  if (row && final && final !== row.status) return [`told to be ${final}, and is ${row.status}`]
  return runs
    .filter(({ settled, run }) => settled === 'completed' && run !== row?.run)
    .map(({ run }) => `run ${run} was told that it completed it, the result is of ${row?.run ?? 'none'}`)
}

/** Each attempt is charged once; only what is put back uncharged may begin it again. */
function auditAttempts(runs: Run[], row: RowLine | undefined): string[] {
  const most = row ? row.maxRetries + 1 : Infinity
  const charged = Map.groupBy(
    runs.filter(({ settled }) => settled !== undefined && settled !== 'snoozed' && settled !== 'released'),
    ({ attempt }) => attempt,
  )
  return [
    ...[...charged].filter(([, each]) => each.length > 1).map(([attempt, each]) => `attempt ${attempt} was settled ${each.length} times`),
    ...runs.filter(({ attempt }) => attempt < 1 || attempt > most).map(({ attempt }) => `began attempt ${attempt} of ${most}`),
  ]
}

/** In two places at once only where the first was given up: a lost lease, a dead process, a handler that ignores its signal. */
function auditOverlaps(runs: Run[], processes: Processes): string[] {
  const isGivenUp = ({ isLost, isStuck, settled, by }: Run) => isLost || isStuck || (settled === undefined && processes.get(by)?.code !== 0)
  const inOrder = [...runs].sort((a, b) => a.at - b.at)
  return inOrder.flatMap((first, index) =>
    inOrder
      .slice(index + 1)
      .filter((second) => second.at < (first.ended?.at ?? Infinity) && !isGivenUp(first) && !isGivenUp(second))
      .map((second) => `${first.run} and ${second.run} ran it at the same time`),
  )
}
