import { isDeepStrictEqual } from 'node:util'
import type { JobUpdate, UpdateAnswer } from '@dbjobq/core/storage'
import { jobColumns } from '@dbjobq/storage-sql'
import { isDuplicateKey } from './errors.js'
import { jsonIds, toJsonIds } from './json-rows.js'
import { lockJobs } from './lock-jobs.js'
import type { Session } from './session.js'
import { jobsById, type Tables } from './tables.js'

/** Locks all first, so that the guard is decided here; then writes in the order given, those together that write the same. */
export async function updateJobs(session: Session, tables: Tables, updates: JobUpdate[]): Promise<UpdateAnswer[]> {
  return session.inTransaction(async () => {
    const rows = await lockJobs(session, tables, updates)
    const answers = new Map<JobUpdate, UpdateAnswer>()
    for (const group of groupEqual(updates)) {
      const allowed = group.filter(({ id, from }) => {
        const row = rows.get(id)
        return row !== undefined && from.includes(row.status)
      })
      const answer = await write(session, tables, allowed)
      for (const { id, set } of allowed) {
        const row = rows.get(id)
        if (row && answer === 'updated') row.status = set.status ?? row.status
      }
      for (const update of group) answers.set(update, allowed.includes(update) ? answer : 'stale')
    }
    return updates.map((update) => answers.get(update) ?? 'stale')
  })
}

/** Neighbours of different jobs that set the same, and no key of which only one could be the holder. */
function groupEqual(updates: JobUpdate[]): JobUpdate[][] {
  const groups: JobUpdate[][] = []
  for (const update of updates) {
    const group = groups.at(-1)
    const [first] = group ?? []
    const fits =
      first && update.set.uniqueKey == null && isDeepStrictEqual(first.set, update.set) && !group?.some(({ id }) => id === update.id)
    if (fits) group?.push(update)
    else groups.push([update])
  }
  return groups
}

/** A taken key undoes its statement only; the transaction stays usable. */
async function write(session: Session, { quoted }: Tables, updates: JobUpdate[]): Promise<UpdateAnswer> {
  const fields = Object.entries(updates[0]?.set ?? {})
  if (fields.length === 0) return 'updated'
  const assignments = fields.map(([field]) => `jobs.${jobColumns[field as keyof typeof jobColumns]} = ?`)
  try {
    await session.write(`update ${jsonIds} ${jobsById(quoted)} set ${assignments.join(', ')}`, [
      toJsonIds(updates.map(({ id }) => id)),
      ...fields.map(([, value]) => value),
    ])
    return 'updated'
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
    return 'keyTaken'
  }
}
