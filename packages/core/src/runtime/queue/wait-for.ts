import { aDuration, anId, checkOptions } from '../../model/check.js'
import { milliseconds, type Duration } from '../../model/duration.js'
import { DbjobqError } from '../../model/errors.js'
import { aSignal } from '../../model/signal.js'
import type { Store } from '../store.js'
import type { Enqueued } from './enqueuer.js'
import { aDefinition } from './job-query.js'
import { resultOf, type Waiters } from './waiters.js'

export interface WaitOptions<Result = unknown> {
  /** The definition, which types the result when only an id is at hand. */
  job?: { readonly type: string; readonly result?: Result }
  /** Default: no limit. */
  timeout?: Duration
  /** When it aborts the call rejects with its reason; the job goes on. */
  signal?: AbortSignal
}

export async function waitFor<Result>(
  store: Store,
  waiters: Waiters,
  awaited: string | Enqueued<Result>,
  options: WaitOptions<Result>,
): Promise<Result> {
  checkOptions('waitFor', options, { job: aDefinition, timeout: aDuration, signal: aSignal })
  const id = typeof awaited === 'string' ? awaited : ((awaited as Partial<Enqueued> | null)?.id ?? '')
  anId(id, 'waitFor: the job')
  const { job, timeout, signal } = options
  signal?.throwIfAborted()
  await store.ready()
  store.refuseClosed()
  const row = await waiters.wait(id, {
    timeout: timeout === undefined ? undefined : milliseconds(timeout, 'waitFor: timeout'),
    signal,
  })
  if (job && job.type !== row.type) {
    throw new DbjobqError('INVALID_OPTION', `waitFor: job ${row.id} is a ${row.type}, not a ${job.type}. Pass the definition of its type.`)
  }
  return resultOf(row) as Result
}
