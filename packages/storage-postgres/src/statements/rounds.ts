/**
 * `jobs.status = running.status` instead of a literal: with one the planner takes the partial index of running jobs, which old statistics
 * call empty, and walks all of it for each row of a batch.
 */
export const runningOnly = `(select 'running'::text as status offset 0) as running`

/** Batches lock rows in one order, else two of them could wait for each other. */
export function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

/** What names one job twice goes into rounds, in its order: one statement writes a row once. */
export function inRounds<T extends { id: string }>(items: T[]): T[][] {
  const rounds: T[][] = []
  const seen = new Map<string, number>()
  for (const item of items) {
    const round = seen.get(item.id) ?? 0
    seen.set(item.id, round + 1)
    ;(rounds[round] ??= []).push(item)
  }
  return rounds
}
