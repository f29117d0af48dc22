import { endingOf, type History } from './histories.js'
import type { Entry, InsertEntry, Span } from './ledger.js'

/** When a job held its key: surely from `from.ended` to `to.begun`, at most from `from.begun` to `to.ended`. */
interface Holding {
  id: string
  from: Span
  to: Span
}

/** A key is never alive twice, and a refused insert is told of a job that really held it. */
export function auditKeys(histories: Map<string, History>, entries: Entry[]): string[] {
  const holdings = Map.groupBy(
    [...histories.values()].filter(({ born }) => born?.uniqueKey != null),
    ({ born }) => born?.uniqueKey ?? '',
  )
  const twice = [...holdings].flatMap(([key, owners]) => {
    const sure = owners.flatMap(holdingOf).filter(({ from, to }) => from.ended < to.begun)
    sure.sort((a, b) => a.from.ended - b.from.ended)
    return sure
      .filter((later, index) => (sure[index - 1]?.to.begun ?? 0) > later.from.ended)
      .map(({ id }) => `key ${key}: ${id} got it while it was held`)
  })
  const untrue = entries
    .filter((entry) => entry.kind === 'insert' && !entry.answer.inserted)
    .map((entry) => entry as InsertEntry)
    .filter(({ job, answer, begun, ended }) => {
      const holder = (holdings.get(job.uniqueKey ?? '') ?? []).find(({ id }) => id === answer.id)
      return !(holder && holdingOf(holder).some(({ from, to }) => from.begun < ended && to.ended > begun))
    })
    .map(({ job, answer }) => `job ${job.id}: refused for ${answer.id}, which did not hold ${job.uniqueKey ?? 'any key'} then`)
  return [...twice, ...untrue]
}

function holdingOf({ id, born, claims, settles, cancels, deletes }: History): Holding[] {
  if (!born) return []
  const endings = claims.flatMap((claim) => endingOf(claim, settles) ?? [])
  const releases: Span[] = [
    ...(born.keyUntil === 'claim' ? claims : []),
    ...endings.filter(({ releaseKey }) => releaseKey),
    ...cancels.filter(({ how }) => how === 'cancelled'),
    ...deletes,
  ]
  const to = { begun: Math.min(...releases.map(({ begun }) => begun)), ended: Math.min(...releases.map(({ ended }) => ended)) }
  return [{ id, from: born, to }]
}
