import { StorageError, type InsertAnswer, type NewJob } from '@dbjobq/core/storage'
import type { SqlNames } from '../names.js'
import { prepared, type Session } from '../session.js'
import { inKeyOrder, newJobArrays, newJobColumns, newJobParameters } from './new-jobs.js'

/** Each look finds the key held or free; to find neither, the holder must come and go in between. */
const mostLooks = 100

export type InsertJobs = (session: Session, jobs: NewJob[]) => Promise<InsertAnswer[]>

export function insertInto({ jobs }: SqlNames): InsertJobs {
  // Arrays instead of rows of parameters; a taken id or key is passed over, which an open transaction survives.
  const insert = `
    insert into ${jobs} (${newJobColumns})
    select ${newJobColumns} from unnest(${newJobArrays(1)}) with ordinality as given (${newJobColumns}, place) order by place
    on conflict do nothing`
  const insertPlain = prepared(insert)
  const insertKeyed = prepared(`${insert} returning id`)
  // Not one `or`: with old statistics that would read the whole table.
  const selectTaken = prepared(`
    select id, unique_key from ${jobs} where id = any($1) union select id, unique_key from ${jobs} where unique_key = any($2)`)

  const insertUntilAnswered = async (session: Session, given: NewJob[]): Promise<Map<string, InsertAnswer>> => {
    const answers = new Map<string, InsertAnswer>()
    let open = inKeyOrder(given)
    for (let look = 0; open.length > 0; look++) {
      if (look === mostLooks) throw keyNeverSeen(open)
      const { rows: inserted } = await session.query(insertKeyed, newJobParameters(open))
      for (const { id } of inserted) answers.set(id as string, { inserted: true, id: id as string })
      open = open.filter((job) => !answers.has(job.id))
      if (open.length === 0) break
      const { rows: taken } = await session.query(selectTaken, [open.map((job) => job.id), open.map((job) => job.uniqueKey)])
      const ids = new Set(taken.map(({ id }) => id as string))
      const holders = new Map(taken.map(({ id, unique_key: key }) => [key as string | null, id as string]))
      for (const { id, uniqueKey } of open) {
        const holder = holders.get(uniqueKey)
        // Without a key only the id can have been in the way, be it gone by now.
        if (ids.has(id) || uniqueKey === null) answers.set(id, { inserted: true, id })
        else if (holder !== undefined) answers.set(id, { inserted: false, id: holder })
      }
      open = open.filter((job) => !answers.has(job.id))
    }
    return answers
  }

  return async (session, given) => {
    if (hasKey(given)) {
      const answers = await insertUntilAnswered(session, given)
      return given.map(({ id }) => answers.get(id) ?? { inserted: true, id })
    }
    await session.query(insertPlain, newJobParameters(given))
    return given.map(({ id }) => ({ inserted: true, id }))
  }
}

/** One statement then writes all or none. Several jobs of which some have keys may take more, so they need a transaction. */
export function isOneStatement(jobs: NewJob[]): boolean {
  return jobs.length <= 1 || !hasKey(jobs)
}

function hasKey(jobs: NewJob[]): boolean {
  return jobs.some((job) => job.uniqueKey !== null)
}

function keyNeverSeen(open: NewJob[]): StorageError {
  const message = `The unique key ${JSON.stringify(open[0]?.uniqueKey)} is taken, but its holder was never seen. Does row-level security hide it?`
  return new StorageError('STORAGE_FAILED', message, { retryable: true, applied: 'no' })
}
