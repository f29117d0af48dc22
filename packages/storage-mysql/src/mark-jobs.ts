import type { Mark } from '@dbjobq/core/storage'
import { isId, jsonTable, text, time, toJson, uuid } from './json-rows.js'
import type { Session } from './session.js'
import type { Tables } from './tables.js'

const markTable = jsonTable({ id: uuid, claim_id: 'varchar(128) character set ascii', started_at: time, progress: text })
const held = `jobs.status = 'running' and jobs.claim_id = given.claim_id`

export async function markJobs(session: Session, { quoted }: Tables, marks: Mark[]): Promise<boolean[]> {
  const given = toJson(mergeMarks(marks))
  await session.write(
    `update ${markTable} straight_join ${quoted.jobs} as jobs on jobs.id = given.id
    set jobs.started_at = coalesce(given.started_at, jobs.started_at), jobs.progress = coalesce(given.progress, jobs.progress)
    where ${held}`,
    [given],
  )
  // The number written tells nothing: a pool may count only rows that differ from before.
  const rows = await session.read(
    `select straight_join given.id, given.claim_id from ${markTable} join ${quoted.jobs} as jobs on jobs.id = given.id where ${held}`,
    [given],
  )
  const found = new Set(rows.map((row) => `${String(row.id)} ${String(row.claim_id)}`))
  return marks.map((mark) => found.has(keyOf(mark)))
}

/** One row a claim, the later mark first: an update by a join writes each job once. */
function mergeMarks(marks: Mark[]): object[] {
  const merged = new Map<string, object>()
  for (const { startedAt, progress, ...claim } of marks) {
    if (!isId(claim.id) || !isId(claim.claimId)) continue
    const before = merged.get(keyOf(claim))
    merged.set(keyOf(claim), {
      ...before,
      id: claim.id,
      claim_id: claim.claimId,
      ...(startedAt === undefined ? {} : { started_at: startedAt }),
      ...(progress === undefined ? {} : { progress }),
    })
  }
  return [...merged.values()]
}

function keyOf({ id, claimId }: { id: string; claimId: string }): string {
  return `${id} ${claimId}`
}
