import type { Count, CountDimension, JobFilter, JobRow, Page, QueueRow, State, WorkerRow } from '@dbjobq/core/storage'
import * as sql from '@dbjobq/storage-sql'
import type { RawRow, Source } from '@dbjobq/storage-sql'
import type { Knex } from 'knex'
import type { Value } from './connection.js'
import { toJob, toText } from './jobs.js'
import { isId, isName } from './json-rows.js'
import type { Session } from './session.js'

export async function findJobs(session: Session, source: Source, filter: JobFilter, page: Page): Promise<JobRow[]> {
  return (await read(session, sql.findJobs(source, storable(filter), page))).map(toJob)
}

export async function countJobs(
  session: Session,
  source: Source,
  by: CountDimension[],
  { filter = {}, scanLimit }: { filter?: JobFilter; scanLimit: number },
): Promise<{ counts: Count[]; complete: boolean }> {
  const asked = storable(filter)
  if (asked.status?.length === 0) return { counts: [], complete: true }
  return sql.toCounts(await read(session, sql.countJobs(source, by, asked, scanLimit)), by, scanLimit)
}

export async function findOrphans(
  session: Session,
  source: Source,
  request: { now: number; limit: number; after?: string },
): Promise<JobRow[]> {
  return (await read(session, sql.findOrphans(source, request))).map(toJob)
}

export async function findWorkers(session: Session, source: Source): Promise<WorkerRow[]> {
  return (await read(session, sql.findWorkers(source))).map(sql.toWorkerRow)
}

export async function findQueues(session: Session, source: Source): Promise<QueueRow[]> {
  return (await read(session, sql.findQueues(source))).map(sql.toQueueRow)
}

export async function findStates(
  session: Session,
  source: Source,
  filter: { kind: string; ids?: string[]; dueBefore?: number },
  page: { limit: number; after?: string },
): Promise<State[]> {
  if (!isName(filter.kind)) return []
  const rows = await read(session, sql.findStates(source, filter, page))
  return rows.map((row) => sql.toState({ ...row, id: toText(row.id) }))
}

/** Built by Knex, and run beside it, so that values travel apart from the text. */
function read(session: Session, query: Knex.QueryBuilder): Promise<RawRow[]> {
  const { sql: text, bindings } = query.toSQL().toNative()
  return session.readOnce(text, bindings as Value[])
}

/** The filter without what can be no name or id, and so matches nothing. */
function storable(filter: JobFilter): JobFilter {
  const { ids, queue, type, groupKey, workerId } = filter
  if ([groupKey, workerId].some((value) => value !== undefined && !isName(value))) return { ids: [] }
  return {
    ...filter,
    ...(ids && { ids: ids.filter(isId) }),
    ...(queue && { queue: queue.filter(isName) }),
    ...(type && { type: type.filter(isName) }),
  }
}
