import { decodeIfReadable } from './codec.js'
import { decodeFailures, type Failure } from './failure.js'
import { decodePolicy, type Policy } from './policy.js'
import type { JobRow, JobStatus } from './storage.js'

/** A job as users see it. What is stored as no JSON, which dbjobq never does, is undefined. */
export interface Job<Data = unknown, Result = unknown> {
  id: string
  type: string
  queue: string
  groupKey: string | null
  status: JobStatus
  priority: number
  data: Data
  result: Result | null
  progress: unknown
  /** Runs so far, less those given back. */
  attempts: number
  maxRetries: number
  /** The last 10. */
  errors: Failure[]
  uniqueKey: string | null
  /** Of a job that a schedule enqueued. */
  schedule: { id: string; tick: Date } | null
  workerId: string | null
  cancelRequested: boolean
  createdAt: Date
  /** When it may run, or might have. */
  runAt: Date
  startedAt: Date | null
  finishedAt: Date | null
  /** When it may be removed; null = never, or not finished yet. */
  deleteAt: Date | null
}

export function toJob<Data, Result>(row: JobRow): Job<Data, Result> {
  const { maxRetries, schedule } = decodePolicy(row.options)
  return {
    id: row.id,
    type: row.type,
    queue: row.queue,
    groupKey: row.groupKey,
    status: row.status,
    priority: row.priority,
    data: decodeIfReadable(row.data) as Data,
    result: row.result === null ? null : (decodeIfReadable(row.result) as Result),
    progress: row.progress === null ? null : decodeIfReadable(row.progress),
    attempts: row.attempts,
    maxRetries,
    errors: decodeFailures(row.errors),
    uniqueKey: row.uniqueKey,
    schedule: toTick(schedule),
    workerId: row.workerId,
    cancelRequested: row.cancelRequestedAt !== null,
    createdAt: new Date(createdAt(row.id)),
    runAt: new Date(row.runAt),
    startedAt: date(row.startedAt),
    finishedAt: date(row.finishedAt),
    deleteAt: date(row.deleteAt),
  }
}

export function toTick(schedule: Policy['schedule']): { id: string; tick: Date } | null {
  return schedule && { id: schedule.id, tick: new Date(schedule.tick) }
}

/** Epoch ms: the first 48 bits of a UUIDv7. */
export function createdAt(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

function date(time: number | null): Date | null {
  return time === null ? null : new Date(time)
}
