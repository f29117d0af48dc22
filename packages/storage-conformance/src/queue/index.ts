import type { ConformanceCase } from '../case.js'
import { badInputCases } from './bad-input.js'
import { completeInTxCases } from './complete-in-tx.js'
import { contextCases } from './context.js'
import { deployCases } from './deploys.js'
import { enqueueCases } from './enqueue.js'
import { eventCases } from './events.js'
import { troubleCases } from './trouble.js'
import { workerBadInputCases } from './worker-bad-input.js'
import { workerControlCases } from './worker-control.js'
import { workerLifeCases } from './worker-life.js'
import { workerCases } from './worker.js'

/** How `JobQueue` and `Worker` behave on the storage: the same everywhere. */
export const queueCases: ConformanceCase[] = [
  ...enqueueCases,
  ...badInputCases,
  ...workerCases,
  ...workerLifeCases,
  ...completeInTxCases,
  ...contextCases,
  ...eventCases,
  ...workerControlCases,
  ...workerBadInputCases,
  ...troubleCases,
  ...deployCases,
]
