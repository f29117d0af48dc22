import type { JobRow, NewJob } from '@dbjobq/core/storage'

export interface JobDocument extends Omit<JobRow, 'id'> {
  _id: string
  /** One more with every write: who finds it unchanged has the whole document as it is. */
  rev: number
  /** The latest three, which stay when a rescue forgets its claim: a slow claimer can be rescued, and its job claimed again, before it knows. */
  claims?: string[]
  /** Names the call that wrote last where a lost answer could not be told otherwise. */
  lastWrite?: string
  outbox?: Outbox
}

/**
 * Jobs that the write of the document around them brings with it. Also where there are transactions: one whose process was killed
 * kept its documents locked for 88 s (the server ends it after `transactionLifetimeLimitSeconds`), an outbox is taken over after a second.
 */
export interface Outbox {
  /** Of the call that wrote it, or of the one that took it over. */
  token: string
  /** Server time when another process first saw it: who wrote it has a lease from then on to insert the jobs alone. */
  since?: Date
  jobs: NewJob[]
}

/** What never leaves this package. */
export const withoutInternals = { outbox: 0, lastWrite: 0, claims: 0 } as const

export function toDocument({ id, ...job }: NewJob): JobDocument {
  return {
    _id: id,
    queue: job.queue,
    type: job.type,
    groupKey: job.groupKey,
    priority: job.priority,
    status: job.status,
    runAt: job.runAt,
    uniqueKey: job.uniqueKey,
    keyUntil: job.keyUntil,
    data: job.data,
    options: job.options,
    attempts: 0,
    claimId: null,
    workerId: null,
    startedAt: null,
    finishedAt: null,
    deleteAt: null,
    cancelRequestedAt: null,
    progress: null,
    result: null,
    errors: null,
    rev: 0,
  }
}

export function toRow(document: JobDocument): JobRow {
  const { _id: id, rev: _rev, lastWrite: _lastWrite, claims: _claims, outbox: _outbox, ...row } = document
  return { id, ...row }
}
