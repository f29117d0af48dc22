import type { Claim, Mark } from '@dbjobq/core/storage'
import { isId, jsonTable, text, time, toJson, uuid } from './json-rows.js'
import type { Session } from './session.js'
import { jobsById, type Tables } from './tables.js'

const markTable = jsonTable({ id: uuid, claim_id: uuid, started_at: time, progress: text })
const isHeld = `jobs.status = 'running' and jobs.claim_id = given.claim_id`

export async function markJobs(session: Session, { quoted }: Tables, marks: Mark[]): Promise<boolean[]> {
  const rows = mergeMarks(marks)
  const written = await session.write(
    `update ${markTable} ${jobsById(quoted)}
    set jobs.started_at = coalesce(given.started_at, jobs.started_at), jobs.progress = coalesce(given.progress, jobs.progress)
    where ${isHeld}`,
    [toJson(rows)],
  )
  if (written === marks.length) return marks.map(() => true)
  // A smaller number does not tell which: some are lost, or the pool counts only rows that differ from before.
  const held = await session.read(`select given.id, given.claim_id from ${markTable} ${jobsById(quoted)} where ${isHeld}`, [toJson(rows)])
  const found = new Set(held.map((row) => `${String(row.id)} ${String(row.claim_id)}`))
  return marks.map((mark) => found.has(keyOf(mark)))
}

/** One row a claim: an update by a join writes each job once. */
function mergeMarks(marks: Mark[]): object[] {
  const merged = new Map<string, Mark>()
  for (const mark of marks) {
    if (isId(mark.id) && isId(mark.claimId)) merged.set(keyOf(mark), { ...merged.get(keyOf(mark)), ...mark })
  }
  return [...merged.values()].map(({ id, claimId, startedAt, progress }) => ({ id, claim_id: claimId, started_at: startedAt, progress }))
}

function keyOf({ id, claimId }: Claim): string {
  return `${id} ${claimId}`
}
