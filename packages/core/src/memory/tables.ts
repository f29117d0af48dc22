import type * as c from '../model/storage.js'

export interface Tables {
  version: number
  jobs: Map<string, c.JobRow>
  /** The holder of each unique key. */
  keys: Map<string, string>
  workers: Map<string, c.WorkerRow>
  queues: Map<string, c.QueueRow>
  states: Map<string, c.State>
}

export function setKey(tables: Tables, job: c.JobRow, key: string | null): void {
  if (job.uniqueKey !== null) tables.keys.delete(job.uniqueKey)
  if (key !== null) tables.keys.set(key, job.id)
  job.uniqueKey = key
}

export function insert(tables: Tables, job: c.NewJob): c.InsertAnswer {
  if (tables.jobs.has(job.id)) return { inserted: true, id: job.id }
  const holder = job.uniqueKey === null ? undefined : tables.keys.get(job.uniqueKey)
  if (holder !== undefined) return { inserted: false, id: holder }
  const empty = { startedAt: null, finishedAt: null, deleteAt: null, cancelRequestedAt: null, progress: null, result: null, errors: null }
  tables.jobs.set(job.id, { ...job, attempts: 0, claimId: null, workerId: null, ...empty })
  if (job.uniqueKey !== null) tables.keys.set(job.uniqueKey, job.id)
  return { inserted: true, id: job.id }
}

export function settle(tables: Tables, settlement: c.Settlement): c.SettleAnswer {
  const { id, claimId, releaseKey, forgetClaim, followUps = [], ...values } = settlement
  const job = tables.jobs.get(id)
  if (job?.claimId !== claimId) return 'lost'
  if (job.status !== 'running') return forgetClaim ? 'lost' : 'settled'
  if (job.cancelRequestedAt !== null && (values.status === 'scheduled' || values.status === 'pending')) return 'cancelRequested'
  if (releaseKey) setKey(tables, job, null)
  Object.assign(job, values, forgetClaim ? { claimId: null, workerId: null } : {})
  for (const followUp of followUps) insert(tables, followUp)
  return 'settled'
}

export function remove(tables: Tables, job: c.JobRow): boolean {
  setKey(tables, job, null)
  return tables.jobs.delete(job.id)
}

export function isFinal({ status }: c.JobRow): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled'
}

export function matches(job: c.JobRow, filter: c.JobFilter): boolean {
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
