import type { JobFilter, JobStatus, Page } from '@dbjobq/core/storage'
import type { Knex } from 'knex'
import { jobColumnNames } from './rows.js'
import type { TableNames } from './tables.js'

/** Where a query is built: the adapter's Knex gives the dialect, and the names may carry a schema (`schema.table`). */
export interface Source {
  knex: Knex
  tables: TableNames
}

/** Answered by `toJobRow`. */
export function findJobs({ knex, tables }: Source, filter: JobFilter, page: Page): Knex.QueryBuilder {
  const newest = page.order === 'newest'
  const query = knex.from(tables.jobs).modify(matching, filter)
  if (page.after !== undefined) query.where('id', newest ? '<' : '>', page.after)
  return query
    .select(page.summary === true ? summaryColumns(knex) : jobColumnNames)
    .orderBy('id', newest ? 'desc' : 'asc')
    .limit(page.limit)
}

/** One statement, so that jobs and workers are read in one snapshot. Answered by `toJobRow`. */
export function findOrphans({ knex, tables }: Source, request: { now: number; limit: number; after?: string }): Knex.QueryBuilder {
  const living = knex.from({ living: tables.workers }).select('living.id').where('living.lease_until', '>', request.now)
  const query = knex
    .from({ orphan: tables.jobs })
    .whereRaw(`orphan.status = 'running'`)
    .whereNotExists(living.where('living.id', knex.ref('orphan.worker_id')))
  if (request.after !== undefined) query.where('orphan.id', '>', request.after)
  return query
    .select(jobColumnNames.map((column) => `orphan.${column}`))
    .orderBy('orphan.id')
    .limit(request.limit)
}

/** Answered by `toWorkerRow`. */
export function findWorkers({ knex, tables }: Source): Knex.QueryBuilder {
  return knex.from(tables.workers).select('id', 'lease_until', 'info').orderBy('id')
}

/** Answered by `toQueueRow`. */
export function findQueues({ knex, tables }: Source): Knex.QueryBuilder {
  return knex.from(tables.queues).select('name', 'paused_at', 'settings').orderBy('name')
}

/** Answered by `toState`. */
export function findStates(
  { knex, tables }: Source,
  filter: { kind: string; ids?: string[]; dueBefore?: number },
  page: { limit: number; after?: string },
): Knex.QueryBuilder {
  const query = knex.from(tables.states).where('kind', filter.kind)
  if (filter.ids) query.whereIn('id', filter.ids)
  if (filter.dueBefore !== undefined) query.where('due_at', '<', filter.dueBefore)
  if (page.after !== undefined) query.where('id', '>', page.after)
  return query.select('kind', 'id', 'revision', 'due_at', 'text').orderBy('id').limit(page.limit)
}

export const allStatuses: readonly JobStatus[] = ['scheduled', 'pending', 'running', 'completed', 'failed', 'cancelled']

/** An empty list matches nothing: Knex writes it as `1 = 0`. */
export function matching(query: Knex.QueryBuilder, filter: JobFilter): void {
  if (filter.ids) query.whereIn('id', filter.ids)
  if (filter.status) inStatus(query, filter.status)
  if (filter.queue) query.whereIn('queue', filter.queue)
  if (filter.type) query.whereIn('type', filter.type)
  if (filter.groupKey !== undefined) query.where('group_key', filter.groupKey)
  if (filter.uniqueKey !== undefined) query.where('unique_key', filter.uniqueKey)
  if (filter.workerId !== undefined) query.where('worker_id', filter.workerId)
}

/** Spelt out, not bound: planners use an index on the rows of one status only for a status that they see. */
function inStatus(query: Knex.QueryBuilder, statuses: JobStatus[]): void {
  const known = allStatuses.filter((status) => statuses.includes(status)).map((status) => `'${status}'`)
  if (known.length === 0) query.whereIn('status', [])
  else query.whereRaw(known.length === 1 ? `status = ${known.join()}` : `status in (${known.join()})`)
}

function summaryColumns(knex: Knex): (string | Knex.Raw)[] {
  const left = new Map([
    ['data', `'' as data`],
    ['progress', 'null as progress'],
    ['result', 'null as result'],
    ['errors', 'null as errors'],
  ])
  return jobColumnNames.map((column) => {
    const instead = left.get(column)
    return instead === undefined ? column : knex.raw(instead)
  })
}
