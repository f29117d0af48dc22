import type { ConformanceCase } from '../case.js'
import { badInputCases } from './bad-input.js'
import { badOperationCases } from './bad-operations.js'
import { deadLetterCases } from './dead-letters.js'
import { enqueueCases } from './enqueue.js'
import { wakeupsCases } from './wakeups.js'
import { healthCases } from './health.js'
import { operationCases } from './operations.js'
import { pauseCases } from './pause.js'
import { waitForCases } from './wait-for.js'
import { workerLifeCases } from './worker-life.js'
import { workerCases } from './worker.js'

/** How `JobQueue` and `Worker` behave on the storage: the same everywhere. */
export const queueCases: ConformanceCase[] = [
  ...enqueueCases,
  ...badInputCases,
  ...workerCases,
  ...workerLifeCases,
  ...operationCases,
  ...badOperationCases,
  ...deadLetterCases,
  ...pauseCases,
  ...waitForCases,
  ...healthCases,
  ...wakeupsCases,
]
