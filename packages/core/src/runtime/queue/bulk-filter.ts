import type { Check } from '../../model/check.js'
import { DbjobqError } from '../../model/errors.js'
import type { JobFilter, JobRow, JobStorage } from '../../model/storage.js'
import { checkOneCall, checkQuery, toFilter, type JobQuery } from './job-query.js'

/** Which jobs of many. An empty filter is refused, and so is a field that is undefined: by mistake either would take every job. */
export type BulkFilter = (JobQuery & { all?: never }) | { all: true }

export const bulkBatch = 500

/** @throws DbjobqError `INVALID_OPTION`, `INVALID_NAME` */
export function bulkFilter(where: string, filter: BulkFilter): JobFilter {
  checkQuery(where, filter as JobQuery, { all: onlyTrue })
  const fields = Object.entries(filter)
  const absent = fields.find(([, value]) => value === undefined)?.[0]
  if (absent !== undefined) {
    throw new DbjobqError(
      'INVALID_OPTION',
      `${where}: ${absent} is undefined, which would take jobs of any. Leave it out, or give a value.`,
    )
  }
  if (fields.length === 0) {
    throw new DbjobqError('INVALID_OPTION', `${where}: the filter is empty and would take every job. Pass { all: true } if that is meant.`)
  }
  const { all, ...query } = filter as JobQuery & { all?: true }
  if (all && fields.length > 1) throw new DbjobqError('INVALID_OPTION', `${where}: { all: true } stands alone, without other fields.`)
  // Ids go in parts.
  checkOneCall(where, { ...query, ids: [] })
  return toFilter(query)
}

/**
 * Summaries of all that match, the newest first: what is enqueued meanwhile is never met, so a walk ends however fast others
 * write, and no job comes twice. `size` is asked for each page, 0 ends it.
 */
export async function* pagesOf(
  storage: Pick<JobStorage, 'findJobs'>,
  filter: JobFilter,
  size: () => number,
  signal: AbortSignal | undefined,
): AsyncGenerator<JobRow[]> {
  for (const part of parts(filter)) {
    let after: string | undefined
    do {
      signal?.throwIfAborted()
      const limit = size()
      if (limit <= 0) return
      const rows = await storage.findJobs(part, { limit, order: 'newest', summary: true, ...(after === undefined ? {} : { after }) })
      if (rows.length > 0) yield rows
      after = rows.length === limit ? rows.at(-1)?.id : undefined
    } while (after !== undefined)
  }
}

/** A call carries a bounded number of ids. */
function* parts({ ids, ...filter }: JobFilter): Generator<JobFilter> {
  if (!ids) yield filter
  const distinct = [...new Set(ids)]
  for (let start = 0; start < distinct.length; start += bulkBatch) yield { ...filter, ids: distinct.slice(start, start + bulkBatch) }
}

const onlyTrue: Check = (value, name) => {
  if (value !== true) throw new DbjobqError('INVALID_OPTION', `${name} is not true. Leave it out, or pass { all: true } alone.`)
}
