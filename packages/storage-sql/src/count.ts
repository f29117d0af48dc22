import type { Count, CountDimension, JobFilter } from '@dbjobq/core/storage'
import type { Knex } from 'knex'
import { allStatuses, matching, type Source } from './find.js'
import { numberOrNull, type RawRow } from './rows.js'

/**
 * One bounded scan a status, grouped together; `toCounts` answers it. The scan reads one row past the limit, numbered,
 * so that `complete` is known and that row is still not counted. The number is given outside the limit: MySQL would number all rows first.
 */
export function countJobs(source: Source, by: CountDimension[], filter: JobFilter, scanLimit: number): Knex.QueryBuilder {
  const { knex } = source
  const dimensions = [...new Set(by)]
  const statuses = [...new Set(filter.status ?? allStatuses)]
  const [first = [], ...others] = statuses.map((status) => [status])
  const scans = knex.unionAll([first, ...others].map((status) => scan(source, dimensions, { ...filter, status }, scanLimit)))
  return knex
    .from(scans.as('scans'))
    .select(dimensions)
    .select(knex.raw('sum(case when scan_row <= ? then 1 else 0 end) as count', [scanLimit]))
    .select(knex.raw('min(case when scan_row <= ? then run_at end) as oldest_run_at', [scanLimit]))
    .select(knex.raw('max(scan_row) as longest_scan'))
    .modify((query: Knex.QueryBuilder) => {
      if (dimensions.length > 0) query.groupBy(dimensions)
    })
}

export function toCounts(rows: RawRow[], by: CountDimension[], scanLimit: number): { counts: Count[]; complete: boolean } {
  const counts = rows
    .filter((row) => Number(row.count) > 0)
    .map((row): Count => ({
      ...Object.fromEntries(by.map((dimension) => [dimension, dimension === 'priority' ? Number(row[dimension]) : row[dimension]])),
      count: Number(row.count),
      oldestRunAt: numberOrNull(row.oldest_run_at),
    }))
  return { counts, complete: rows.every((row) => Number(row.longest_scan ?? 0) <= scanLimit) }
}

function scan({ knex, tables }: Source, dimensions: CountDimension[], filter: JobFilter, scanLimit: number): Knex.QueryBuilder {
  const rows = knex
    .from(tables.jobs)
    .modify(matching, filter)
    .select([...dimensions, 'run_at'])
    .limit(scanLimit + 1)
  return knex.select('scanned.*', knex.raw('row_number() over () as scan_row')).from(rows.as('scanned'))
}
