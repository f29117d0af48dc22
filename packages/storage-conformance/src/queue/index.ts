import type { ConformanceCase } from '../case.js'
import { badInputCases } from './bad-input.js'
import { badOperationCases } from './bad-operations.js'
import { deadLetterCases } from './dead-letters.js'

import { wakeupsCases } from './wakeups.js'
import { healthCases } from './health.js'
import { operationCases } from './operations.js'
import { pauseCases } from './pause.js'
import { waitForCases } from './wait-for.js'
import { enqueueCases } from './enqueue.js'
import { definitionCases } from './definitions.js'

import { sharedInsertCases } from './shared-inserts.js'
import { uniqueCases } from './unique.js'
import { uniqueInTransactionCases } from './unique-in-transactions.js'
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
  ...definitionCases,
  ...uniqueCases,
  ...uniqueInTransactionCases,
  ...sharedInsertCases,
]
