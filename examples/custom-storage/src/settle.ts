import type { SettleAnswer, Settlement } from '@dbjobq/core/storage'
import { insertJob } from './insert.js'
import { setKey, type Tables } from './tables.js'

export function settleJob(tables: Tables, settlement: Settlement): SettleAnswer {
  const { id, claimId, releaseKey, forgetClaim, followUps = [], ...values } = settlement
  const job = tables.jobs.get(id)
  if (job?.claimId !== claimId) return 'lost'
  if (job.status !== 'running') return forgetClaim ? 'lost' : 'settled'
  const isPutBack = values.status === 'scheduled' || values.status === 'pending'
  if (isPutBack && job.cancelRequestedAt !== null) return 'cancelRequested'
  if (releaseKey) setKey(tables, job, null)
  Object.assign(job, values, forgetClaim ? { claimId: null, workerId: null } : {})
  for (const followUp of followUps) insertJob(tables, followUp)
  return 'settled'
}
