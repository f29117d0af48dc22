import type { JobRow } from '@dbjobq/core/storage'
import { auditJob } from './audit-job.js'
import { auditKeys } from './audit-keys.js'
import { historiesOf, type History } from './histories.js'
import type { Entry } from './ledger.js'

/** Compares what all processes saw with what the store holds at the end. Answers what is wrong; errors first. */
export function audit(entries: Entry[], rows: JobRow[]): string[] {
  const histories = historiesOf(entries)
  const held = new Map(rows.map((row) => [row.id, row]))
  return [
    ...entries.flatMap((entry) => (entry.kind === 'error' ? [entry.message] : [])),
    ...[...histories.values()].flatMap((history) => auditJob(history, held.get(history.id))),
    ...rows.filter(({ id }) => !histories.get(id)?.born).map(({ id }) => `job ${id}: in the store, but nobody is known to have made it`),
    ...auditKeys(histories, entries),
    ...auditTicks(entries),
    ...auditPruned(histories, entries, rows),
  ]
}

/** Each revision is written by one. */
function auditTicks(entries: Entry[]): string[] {
  const written = entries.flatMap((entry) => (entry.kind === 'tick' && entry.written ? [entry.expected ?? 0] : [])).sort((a, b) => a - b)
  return written
    .filter((revision, index) => revision !== index)
    .slice(0, 1)
    .map((revision) => `the state was written twice or never at revision ${revision}`)
}

function auditPruned(histories: Map<string, History>, entries: Entry[], rows: JobRow[]): string[] {
  const told = entries.reduce((sum, entry) => sum + (entry.kind === 'prune' ? entry.count : 0), 0)
  const known = [...histories.values()].filter(({ born }) => born)
  const deleted = known.filter(({ deletes }) => deletes.length > 0).length
  const gone = known.length - deleted - rows.length
  return gone === told ? [] : [`${gone} jobs are gone, pruneJobs told of ${told}`]
}
