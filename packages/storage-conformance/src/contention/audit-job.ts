import type { JobRow } from '@dbjobq/core/storage'
import { endingOf, isFinal, type History } from './histories.js'
import type { ClaimEntry, SettleEntry } from './ledger.js'

/** What is wrong with the life of one job; `row` is what the store holds at the end, when nothing is left to do. */
export function auditJob(history: History, row: JobRow | undefined): string[] {
  const { id, born, claims, settles, deletes } = history
  const endings = claims.map((claim) => endingOf(claim, settles))
  const found = [
    ...(born ? [] : ['nobody is known to have made it']),
    ...auditClaims(claims, endings, settles),
    ...auditCancel(history, endings),
    ...(deletes.length > 1 ? ['it was deleted twice'] : []),
    ...auditEnd(history, endings, row),
  ]
  return found.map((problem) => `job ${id}: ${problem}`)
}

function auditClaims(claims: ClaimEntry[], endings: (SettleEntry | undefined)[], settles: SettleEntry[]): string[] {
  const written = Map.groupBy(
    settles.filter(({ answer }) => answer === 'settled'),
    ({ claimId }) => claimId,
  )
  const live = claims
    .flatMap(({ ended, claimId }, index) => ({ from: ended, to: endings[index]?.begun ?? Infinity, claimId }))
    .filter(({ from, to }) => from < to)
    .sort((a, b) => a.from - b.from)
  return [
    ...(new Set(claims.map(({ claimId }) => claimId)).size < claims.length ? ['handed out twice by one claim'] : []),
    ...claims.filter((_, index) => !endings[index]).map(({ claimId }) => `claim ${claimId} was never ended`),
    ...live
      .filter(({ from }, index) => live.slice(0, index).some((earlier) => earlier.to > from))
      .map(({ claimId }) => `claim ${claimId} was handed out while another was live`),
    ...[...written]
      .filter(([, each]) => each.length > 1 && each.some(({ forgetClaim }) => forgetClaim))
      .map(([claimId]) => `claim ${claimId} was rescued, and ended once more`),
  ]
}

/** From the moment on that a cancel was asked for, no put-back may be written. */
function auditCancel({ cancels }: History, endings: (SettleEntry | undefined)[]): string[] {
  const asked = Math.min(...cancels.filter(({ how }) => how === 'asked').map(({ ended }) => ended))
  return endings.some((ending) => ending && !isFinal(ending) && ending.begun > asked) ? ['put back after its cancel was asked for'] : []
}

function auditEnd({ cancels, claims, deletes }: History, endings: (SettleEntry | undefined)[], row: JobRow | undefined): string[] {
  const settled = endings.filter((ending) => ending !== undefined)
  const finals = [
    ...settled.filter(isFinal).map(({ status, deleteAt }) => ({ status, deleteAt })),
    ...cancels.filter(({ how }) => how === 'cancelled').map(() => ({ status: 'cancelled', deleteAt: null })),
  ]
  const [end] = finals
  if (finals.length > 1) return [`ended ${finals.length} times: ${finals.map(({ status }) => status).join()}`]
  if (deletes.length > 0) return row ? ['deleted, and still there'] : []
  if (!end) return [`never ended; ${row ? `it is ${row.status}` : 'it is gone'}`]
  if (!row) return end.deleteAt === null ? [`${end.status} without a time to delete it, and gone`] : []
  const given = claims.reduce((sum, claim, index) => sum + claim.attempts - (endings[index]?.attempts ?? claim.attempts), 0)
  return [
    ...(row.status === end.status ? [] : [`ended as ${end.status}, and is ${row.status}`]),
    ...(row.attempts === claims.length - given ? [] : [`${claims.length} claims, ${given} given back, but ${row.attempts} attempts`]),
    ...(row.uniqueKey === null ? [] : [`ended, and still holds ${row.uniqueKey}`]),
  ]
}
