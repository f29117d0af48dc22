import type { JobRow, Settlement } from '@dbjobq/core/storage'
import { contentionJob } from './place.js'
import type { Random } from '../random.js'

/** What the handler of a claimed job came to: mostly completion; retry, snooze, failure and follow-ups at times. */
export function mixedOutcome(row: JobRow, random: Random): Settlement {
  const now = Date.now()
  const roll = random.next()
  if (roll < 0.08) return putBack(row, { status: 'scheduled', runAt: now + random.between(0, 200), errors: '["again"]' })
  if (roll < 0.13) return putBack(row, { status: 'pending', runAt: now, attempts: row.attempts - 1 })
  if (roll < 0.16) return ended(row, 'failed', random.chance(0.5) ? now + 200 : null)
  const followUps = random.chance(0.1) ? [contentionJob(random), contentionJob(random, { status: 'scheduled', runAt: now + 50 })] : []
  return { ...ended(row, 'completed', random.chance(0.7) ? now + 200 : null), ...(followUps.length > 0 ? { followUps } : {}) }
}

export function ended(row: JobRow, status: 'completed' | 'failed' | 'cancelled', deleteAt: number | null): Settlement {
  const now = Date.now()
  const written = { runAt: row.runAt, attempts: row.attempts, startedAt: now, finishedAt: now, deleteAt, result: '1', errors: row.errors }
  return { id: row.id, claimId: row.claimId ?? '', status, ...written, releaseKey: true, forgetClaim: false }
}

export function putBack(row: JobRow, changes: Partial<Settlement>): Settlement {
  const kept = {
    runAt: row.runAt,
    attempts: row.attempts,
    startedAt: null,
    finishedAt: null,
    deleteAt: null,
    result: null,
    errors: row.errors,
  }
  return { id: row.id, claimId: row.claimId ?? '', status: 'pending', ...kept, releaseKey: false, forgetClaim: false, ...changes }
}
