import type { NewJob } from '@dbjobq/core/storage'
import { distinctJobs, newJobColumnNames, newJobValues } from '@dbjobq/storage-sql'

const types: Record<string, string> = { priority: 'smallint', run_at: 'bigint' }

export const newJobColumns = newJobColumnNames.join(', ')

/** One array a column, so that the text is the same for one job and for thousands, far from the limit of 65,535 parameters. */
export function newJobArrays(first: number): string {
  return newJobColumnNames.map((column, index) => `$${first + index}::${types[column] ?? 'text'}[]`).join(', ')
}

export function newJobParameters(jobs: NewJob[]): unknown[][] {
  const rows = jobs.map(newJobValues)
  return newJobColumnNames.map((_, column) => rows.map((row) => row[column]))
}

/**
 * Whoever inserts several keys takes them in one order, else two calls could wait for each other. Stable: the first of a key stays first,
 * and of an id given twice, perhaps with another key, the first is meant.
 */
export function inKeyOrder(jobs: NewJob[]): NewJob[] {
  return distinctJobs(jobs).toSorted((a, b) => compare(a.uniqueKey ?? '', b.uniqueKey ?? ''))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
