import type { BoundJob } from '../model/definition.js'
import type { Store } from '../runtime/store.js'
import { Executor } from '../runtime/worker/executor.js'

/** The executor of a worker, for a caller to whom the ending says all. */
export function quietExecutor(store: Store, handlers: ReadonlyMap<string, BoundJob>): Executor {
  return new Executor({ store, handlers, onStarted: () => undefined, onStuck: () => undefined })
}
