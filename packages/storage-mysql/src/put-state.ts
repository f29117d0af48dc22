import type { NewJob, NewState } from '@dbjobq/core/storage'
import { isDuplicateKey } from './errors.js'
import { writeNewJobs } from './jobs.js'
import type { Session } from './session.js'
import type { Tables } from './tables.js'

export async function putState(
  session: Session,
  tables: Tables,
  state: NewState,
  expected: number | null,
  jobs: NewJob[],
): Promise<boolean> {
  return session.inTransaction(async () => {
    const isSwapped = expected === null ? await create(session, tables, state) : await swap(session, tables, state, expected)
    if (isSwapped) await writeNewJobs(session, tables, jobs)
    return isSwapped
  })
}

async function create(session: Session, { quoted }: Tables, { kind, id, dueAt, text }: NewState): Promise<boolean> {
  if (text === null) {
    const rows = await session.read(`select revision from ${quoted.states} where kind = ? and id = ? for update`, [kind, id])
    return rows.length === 0
  }
  try {
    await session.write(`insert into ${quoted.states} (kind, id, revision, due_at, text) values (?, ?, 1, ?, ?)`, [kind, id, dueAt, text])
    return true
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
    return false
  }
}

/** The revision differs from before and a deleted row is gone, so the counts are the same in every pool. */
async function swap(session: Session, { quoted }: Tables, { kind, id, dueAt, text }: NewState, expected: number): Promise<boolean> {
  const changed =
    text === null
      ? await session.write(`delete from ${quoted.states} where kind = ? and id = ? and revision = ?`, [kind, id, expected])
      : await session.write(
          `update ${quoted.states} set revision = revision + 1, due_at = ?, text = ? where kind = ? and id = ? and revision = ?`,
          [dueAt, text, kind, id, expected],
        )
  return changed === 1
}
