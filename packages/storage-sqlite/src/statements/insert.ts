import type { InsertAnswer, NewJob } from '@dbjobq/core/storage'
import { newJobColumnNames, newJobValues } from '@dbjobq/storage-sql'
import type { Connection, StatementText } from '../connection.js'

/** The id or the key may be taken; either way nothing is written and the transaction goes on. */
const insertOne: StatementText = ({ jobs }) => `
  insert into "${jobs}" (${newJobColumnNames.join(', ')}) values (${newJobColumnNames.map(() => '?').join(', ')})
  on conflict do nothing`

/** The job itself comes before the holder of its key: a repeated insert is answered as the first one was. */
const selectTaken: StatementText = ({ jobs }) => `
  select id from "${jobs}" where id = ? union all select id from "${jobs}" where unique_key = ? limit 1`

export function insertJobs(connection: Connection, jobs: NewJob[]): InsertAnswer[] {
  const insert = connection.prepare(insertOne)
  return jobs.map((job) => {
    if (insert.run(...newJobValues(job)).changes === 1) return { inserted: true, id: job.id }
    const taken = connection.prepare<{ id: string }>(selectTaken).get(job.id, job.uniqueKey)
    if (!taken) throw new Error(`Job ${job.id} was not inserted, though neither its id nor its key is taken.`)
    return { inserted: taken.id === job.id, id: taken.id }
  })
}
