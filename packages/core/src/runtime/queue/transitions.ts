import { DbjobqError } from '../../model/errors.js'
import { decodePolicy, deleteAt, keyForRetry } from '../../model/policy.js'
import type { JobRow, JobStatus, JobUpdate } from '../../model/storage.js'
import type { Store } from '../store.js'
import { waiting } from './job-query.js'

/** What cancelling writes to a job as it was read; undefined: it has ended, or is asked to already. `now`: epoch ms. */
export function cancelling(row: JobRow, now: number): JobUpdate | undefined {
  const { id, status } = row
  if (status === 'running') return row.cancelRequestedAt === null ? { id, from: ['running'], set: { cancelRequestedAt: now } } : undefined
  if (!waiting.includes(status)) return undefined
  const end = { status: 'cancelled', finishedAt: now, deleteAt: deleteAt(decodePolicy(row.options), 'cancelled', now) } as const
  return { id, from: waiting, set: { ...end, uniqueKey: null } }
}

/** What running it again writes: with all its retries, its errors kept, its unique key asked back. */
export function retrying({ id, options }: JobRow, from: JobStatus[], now: number): JobUpdate {
  const fresh = { attempts: 0, startedAt: null, finishedAt: null, deleteAt: null, cancelRequestedAt: null, result: null } as const
  return { id, from, set: { ...fresh, status: 'pending', runAt: now, uniqueKey: keyForRetry(decodePolicy(options), now) } }
}

/** The error of a retry whose key another job holds by now. */
export async function keyHeld({ storage }: Pick<Store, 'storage'>, { id, options }: JobRow): Promise<DbjobqError> {
  const { key } = decodePolicy(options)
  const [row] = key === null ? [] : await storage.findJobs({ uniqueKey: key }, { limit: 1, summary: true })
  const who = row ? `Job ${row.id} (${row.status})` : 'Another job'
  const message = `${who} holds the unique key of job ${id}. Cancel that one, or wait until it has ended.`
  return new DbjobqError('UNIQUE_KEY_HELD', message, { holder: row?.id })
}
