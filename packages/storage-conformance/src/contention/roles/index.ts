import { completion, mixedOutcome } from '../outcome.js'
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

export const rolesOf: Record<'work' | 'all', Roles> = {
  work: { worker: (place) => work(place, completion), finishing: {}, producing: {} },
  all: {
    worker: (place) => work(place, mixedOutcome),
    finishing: { promote, rescue, prune },
    producing: { enqueue, cancel, tick, abandon },
  },
}
