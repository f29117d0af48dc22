import type { JobRow, NewJob, QueueRow, State, WorkerRow } from '@dbjobq/core/storage'

/** As a driver gives it: columns by name; some give 64-bit integers as strings. */
export type RawRow = Record<string, unknown>

/** The column of each field. The first eleven are those of a new job, in the order of `newJobValues`. */
export const jobColumns = {
  id: 'id',
  queue: 'queue',
  type: 'type',
  groupKey: 'group_key',
  priority: 'priority',
  status: 'status',
  runAt: 'run_at',
  uniqueKey: 'unique_key',
  keyUntil: 'key_until',
  data: 'data',
  options: 'options',
  attempts: 'attempts',
  claimId: 'claim_id',
  workerId: 'worker_id',
  startedAt: 'started_at',
  finishedAt: 'finished_at',
  deleteAt: 'delete_at',
  cancelRequestedAt: 'cancel_requested_at',
  progress: 'progress',
  result: 'result',
  errors: 'errors',
} as const satisfies Record<keyof JobRow, string>

/** All columns of the jobs table. */
export const jobColumnNames: readonly string[] = Object.values(jobColumns)
export const newJobColumnNames: readonly string[] = jobColumnNames.slice(0, 11)

export function newJobValues(job: NewJob): (string | number | null)[] {
  return [
    job.id,
    job.queue,
    job.type,
    job.groupKey,
    job.priority,
    job.status,
    job.runAt,
    job.uniqueKey,
    job.keyUntil,
    job.data,
    job.options,
  ]
}

/** The first of each id. */
export function distinctJobs(jobs: NewJob[]): NewJob[] {
  const ids = new Set<string>()
  return jobs.filter(({ id }) => !ids.has(id) && ids.add(id))
}

export function toJobRow(raw: RawRow): JobRow {
  return {
    id: raw.id as string,
    queue: raw.queue as string,
    type: raw.type as string,
    groupKey: raw.group_key as string | null,
    priority: Number(raw.priority),
    status: raw.status as JobRow['status'],
    runAt: Number(raw.run_at),
    uniqueKey: raw.unique_key as string | null,
    keyUntil: raw.key_until as JobRow['keyUntil'],
    data: raw.data as string,
    options: raw.options as string,
    attempts: Number(raw.attempts),
    claimId: raw.claim_id as string | null,
    workerId: raw.worker_id as string | null,
    startedAt: numberOrNull(raw.started_at),
    finishedAt: numberOrNull(raw.finished_at),
    deleteAt: numberOrNull(raw.delete_at),
    cancelRequestedAt: numberOrNull(raw.cancel_requested_at),
    progress: raw.progress as string | null,
    result: raw.result as string | null,
    errors: raw.errors as string | null,
  }
}

export function toWorkerRow(raw: RawRow): WorkerRow {
  return { id: raw.id as string, leaseUntil: Number(raw.lease_until), info: raw.info as string }
}

export function toQueueRow(raw: RawRow): QueueRow {
  return { name: raw.name as string, pausedAt: numberOrNull(raw.paused_at), settings: raw.settings as string | null }
}

export function toState(raw: RawRow): State {
  return {
    kind: raw.kind as string,
    id: raw.id as string,
    revision: Number(raw.revision),
    dueAt: numberOrNull(raw.due_at),
    text: raw.text as string,
  }
}

export function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value)
}
