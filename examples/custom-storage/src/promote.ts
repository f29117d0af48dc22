import { byId, type Tables } from './tables.js'

export interface Promoted {
  queues: string[]
  more: boolean
  nextRunAt: number | null
}

function scheduledJobs({ jobs }: Tables) {
  return [...jobs.values()].filter((job) => job.status === 'scheduled').sort((a, b) => a.runAt - b.runAt || byId(a, b))
}

export function promoteJobs(tables: Tables, { now, limit }: { now: number; limit: number }): Promoted {
  const scheduled = scheduledJobs(tables)
  const due = scheduled.filter((job) => job.runAt <= now).slice(0, limit)
  for (const job of due) job.status = 'pending'
  const next = scheduled[due.length]
  return {
    queues: [...new Set(due.map((job) => job.queue))],
    more: next !== undefined && next.runAt <= now,
    nextRunAt: next?.runAt ?? null,
  }
}
