import type { JobFilter, JobRow, Page } from '@dbjobq/core/storage'
import { byId, type Tables } from './tables.js'

export function findJobs({ jobs }: Tables, filter: JobFilter, page: Page): JobRow[] {
  const { limit, after, order = 'oldest', summary = false } = page
  const found = [...jobs.values()].filter((job) => matches(job, filter)).sort(byId)
  if (order === 'newest') found.reverse()
  const rows = found.filter((job) => after === undefined || (order === 'newest' ? job.id < after : job.id > after)).slice(0, limit)
  return summary ? rows.map((job) => ({ ...job, data: '', progress: null, result: null, errors: null })) : rows
}

export function matches(job: JobRow, filter: JobFilter): boolean {
  return (
    (!filter.ids || filter.ids.includes(job.id)) &&
    (!filter.status || filter.status.includes(job.status)) &&
    (!filter.queue || filter.queue.includes(job.queue)) &&
    (!filter.type || filter.type.includes(job.type)) &&
    (filter.groupKey === undefined || filter.groupKey === job.groupKey) &&
    (filter.uniqueKey === undefined || filter.uniqueKey === job.uniqueKey) &&
    (filter.workerId === undefined || filter.workerId === job.workerId)
  )
}
