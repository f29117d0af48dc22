import type { Written } from './conflicts.js'

/** What a queue tells. */
export interface QueueEvents {
  /**
   * A job was written by `enqueue`, `enqueueMany` or `enqueueSync` of this queue, or its key was held (see `outcome`). With `tx` it is
   * told when it was written there, not when that commits. What handlers enqueue with their completion is not told.
   */
  enqueued: { id: string; type: string; queue: string; outcome: Written['outcome'] }
}
