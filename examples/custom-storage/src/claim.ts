import type { ClaimRequest, JobRow } from '@dbjobq/core/storage'
import { byId, setKey, type Tables } from './tables.js'

const bestFirst = (a: JobRow, b: JobRow) => b.priority - a.priority || a.runAt - b.runAt || byId(a, b)

export function claimJobs(tables: Tables, request: ClaimRequest): { jobs: JobRow[]; more: boolean } {
  const jobs: JobRow[] = []
  let more = false
  for (const queue of request.queues) {
    const free = freeJobs(tables, queue)
    const taken = free.slice(0, Math.min(queue.limit, request.limit - jobs.length))
    more ||= taken.length < free.length
    for (const job of taken) startClaim(tables, job, request)
    jobs.push(...taken)
  }
  return { jobs, more }
}

function freeJobs(tables: Tables, { name, types }: ClaimRequest['queues'][number]): JobRow[] {
  if (tables.queues.get(name)?.pausedAt != null) return []
  return [...tables.jobs.values()]
    .filter((job) => job.status === 'pending' && job.queue === name && (!types || types.includes(job.type)))
    .sort(bestFirst)
}

function startClaim(tables: Tables, job: JobRow, { claimId, workerId }: ClaimRequest): void {
  if (job.keyUntil === 'claim') setKey(tables, job, null)
  Object.assign(job, { status: 'running', claimId, workerId, attempts: job.attempts + 1, startedAt: null })
}
