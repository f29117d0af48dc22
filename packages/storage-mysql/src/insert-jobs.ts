import type { InsertAnswer, NewJob } from '@dbjobq/core/storage'
import { toText, writeNewJobs } from './jobs.js'
import { jsonIds, jsonTable, name, toJson, toJsonIds } from './json-rows.js'
import type { Session } from './session.js'
import { jobsById, type Tables } from './tables.js'

export async function insertJobs(session: Session, tables: Tables, jobs: NewJob[]): Promise<InsertAnswer[]> {
  if (jobs.every((job) => job.uniqueKey === null)) {
    // Only an id can be there already, and then it is the same job.
    await writeNewJobs(session, tables, jobs)
    return jobs.map(({ id }) => ({ inserted: true, id }))
  }
  return session.inTransaction(async () => {
    await writeNewJobs(session, tables, jobs)
    // The insert has locked every holder it met, so that none lets go before the commit.
    const holders = await findHolders(session, tables, jobs)
    const holderOf = ({ uniqueKey }: NewJob) => (uniqueKey === null ? undefined : holders.get(uniqueKey))
    const others = jobs.filter((job) => (holderOf(job) ?? job.id) !== job.id)
    const present = await findPresent(session, tables, others)
    return jobs.map((job) => {
      const holder = holderOf(job) ?? job.id
      return holder === job.id || present.has(job.id) ? { inserted: true, id: job.id } : { inserted: false, id: holder }
    })
  })
}

const keyTable = jsonTable({ unique_key: name })

/** The holder of each key. A locking read: a plain one of a REPEATABLE READ caller does not see those that came after its snapshot. */
async function findHolders(session: Session, { quoted }: Tables, jobs: NewJob[]): Promise<Map<string, string>> {
  const keys = [...new Set(jobs.flatMap(({ uniqueKey }) => uniqueKey ?? []))]
  const rows = await session.read(
    `select straight_join jobs.unique_key, jobs.id
    from (select distinct cast(unique_key as binary) as unique_key from ${keyTable}) as given
    join ${quoted.jobs} as jobs force index (unique_key) on jobs.unique_key = given.unique_key
    for update`,
    [toJson(keys.map((key) => ({ unique_key: key })))],
  )
  return new Map(rows.map((row) => [toText(row.unique_key) ?? '', row.id as string]))
}

/** Those that are there although another job holds their key now: inserted before, their own key let go since. A plain read, since locking what is not there would lock a gap. */
async function findPresent(session: Session, { quoted }: Tables, jobs: NewJob[]): Promise<Set<string>> {
  if (jobs.length === 0) return new Set()
  const rows = await session.read(`select jobs.id from ${jsonIds} ${jobsById(quoted)}`, [toJsonIds(jobs.map(({ id }) => id))])
  return new Set(rows.map((row) => row.id as string))
}
