import type { Role } from '../place.js'
import { abandon } from './abandoner.js'
import { cancel } from './canceller.js'
import { enqueue } from './enqueuer.js'
import { promote } from './promoter.js'
import { prune } from './pruner.js'
import { rescue } from './rescuer.js'
import { tick } from './ticker.js'
import { work } from './worker.js'

interface Roles {
  /** One on each connection, until all is done. */
  worker: Role
  /** Until all is done. */
  finishing: Record<string, Role>
  /** For `seconds`. */
  producing: Record<string, Role>
}

export const roles: Roles = {
  worker: work,
  finishing: { promote, rescue, prune },
  producing: { enqueue, cancel, tick, abandon },
}
