import { isDeepStrictEqual } from 'node:util'
import type { JobUpdate, UpdateAnswer } from '@dbjobq/core/storage'
import { jobColumns } from '@dbjobq/storage-sql'
import { jsonIds, toJsonIds } from './json-rows.js'
import { lockJobs } from './lock-jobs.js'
import type { Session } from './session.js'
import type { Tables } from './tables.js'

type Values = JobUpdate['set']

export async function updateJobs(session: Session, tables: Tables, updates: JobUpdate[]): Promise<UpdateAnswer[]> {
  return session.inTransaction(async () => {
    const rows = await lockJobs(session, tables, updates)
    const answers: UpdateAnswer[] = []
    for (const group of groupEqual(updates)) {
      const allowed = group.filter(({ id, from }) => from.includes(rows.get(id)?.status ?? 'absent'))
      const isWritten = await write(session, tables, allowed)
      for (const update of group) {
        const row = rows.get(update.id)
        const isAllowed = row !== undefined && update.from.includes(row.status)
        if (isAllowed && isWritten) row.status = update.set.status ?? row.status
        answers.push(!isAllowed ? 'stale' : isWritten ? 'updated' : 'keyTaken')
      }
    }
    return answers
  })
}
