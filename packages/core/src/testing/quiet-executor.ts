import type { BoundJob } from '../model/definition.js'
import { silent } from '../model/logger.js'
import type { Ending } from '../model/outcome.js'
import type { Settlement } from '../model/storage.js'
import type { Store } from '../runtime/store.js'
import { Executor } from '../runtime/worker/executor.js'
import type { HeldJob } from '../runtime/worker/held-job.js'

interface QuietOptions {
  store: Store
  handlers: ReadonlyMap<string, BoundJob>
  /** Its handler completed it in a transaction of its own, which committed: there is no ending then. */
  onCommitted?: (held: HeldJob, settlement: Settlement) => void
}

/** The executor of a worker, for a caller to whom the ending says all. */
export function quietExecutor({ store, handlers, onCommitted = () => undefined }: QuietOptions): Executor {
  const nothing = (): void => undefined
  return new Executor({
    store,
    handlers,
    onCommitted,
    logger: silent,
    checkLease: nothing,
    onStarted: nothing,
    onProgress: nothing,
    onStuck: nothing,
  })
}

/** Why a run failed; undefined when it did not. */
export function errorOf({ reason, thrown }: HeldJob, ending: Ending | undefined): unknown {
  if (ending && ending.kind !== 'threw' && ending.kind !== 'permanent') return undefined
  return reason ?? thrown
}
