import type { Heartbeat, HeartbeatAnswer, JobRow, WorkerRow } from '@dbjobq/core/storage'
import { byId, type Tables } from './tables.js'

export function heartbeat({ workers, jobs }: Tables, { workerId, info, now, leaseUntil, first }: Heartbeat): HeartbeatAnswer {
  const row = workers.get(workerId)
  const alive = row ? row.leaseUntil > now : first
  if (leaseUntil <= now) workers.delete(workerId)
  if (!alive) return { alive: false, claims: [] }
  if (leaseUntil > now) workers.set(workerId, { id: workerId, leaseUntil: Math.max(leaseUntil, row?.leaseUntil ?? 0), info })
  const claims = [...jobs.values()]
    .filter((job) => job.status === 'running' && job.workerId === workerId)
    .map((job) => ({ id: job.id, claimId: job.claimId ?? '', cancelRequested: job.cancelRequestedAt !== null }))
  return { alive, claims }
}

export function findWorkers({ workers }: Tables): WorkerRow[] {
  return [...workers.values()].sort(byId)
}

export interface OrphanRequest {
  now: number
  limit: number
  after?: string
}

export function findOrphans({ jobs, workers }: Tables, { now, limit, after = '' }: OrphanRequest): JobRow[] {
  const isLeased = (job: JobRow) => (workers.get(job.workerId ?? '')?.leaseUntil ?? -Infinity) > now
  return [...jobs.values()]
    .filter((job) => job.status === 'running' && job.id > after && !isLeased(job))
    .sort(byId)
    .slice(0, limit)
}
