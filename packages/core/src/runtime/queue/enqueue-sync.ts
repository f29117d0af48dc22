import type { EnqueueOptions } from '../../model/enqueue-options.js'
import { DbjobqError } from '../../model/errors.js'
import type { JobStorage } from '../../model/storage.js'
import type { Uniqueness } from '../../model/unique.js'
import type { Store } from '../store.js'

export interface EnqueueSyncOptions<Tx, Input = never> extends Omit<EnqueueOptions<Tx, Input>, 'tx' | 'signal'> {
  /** Your own open transaction: the job exists if and only if it commits. */
  tx: Tx
}

/** @throws DbjobqError when the storage, the options or the time do not allow a synchronous call */
export function syncOf<Tx>(store: Store<Tx>, options: { tx?: Tx; signal?: unknown } | undefined): NonNullable<JobStorage<Tx>['sync']> {
  store.refuseClosed()
  const { sync } = store.storage
  if (!sync) {
    const message = 'enqueueSync: this storage has no synchronous transactions. Use `await queue.enqueue(job, data, { tx })`.'
    throw new DbjobqError('UNSUPPORTED', message)
  }
  if (options?.tx === undefined) {
    throw new DbjobqError(
      'INVALID_OPTION',
      'enqueueSync needs tx, your open transaction. Without one use `await queue.enqueue(job, data)`.',
    )
  }
  if (options.signal !== undefined) {
    throw new DbjobqError('INVALID_OPTION', 'enqueueSync takes no signal: nothing can abort it while it runs.')
  }
  if (!store.isReady) {
    const message = 'enqueueSync: the queue has not connected yet. Run `await queue.ready()` once, when the program starts.'
    throw new DbjobqError('QUEUE_NOT_READY', message)
  }
  return sync
}

/** For calls that can only insert. */
export function refuseLooking(where: string, unique: Uniqueness | null): void {
  if (!unique || (unique.onConflict === 'skip' && unique.window === null)) return
  const what = unique.onConflict === 'skip' ? 'a window' : `onConflict '${unique.onConflict}'`
  const help = "Use queue.enqueue, or pass unique with until 'settled' or 'started' and onConflict 'skip'."
  throw new DbjobqError('UNSUPPORTED', `${where}: unique with ${what} needs a look at the job that holds the key. ${help}`)
}
