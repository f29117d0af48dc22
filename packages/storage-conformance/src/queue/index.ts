import type { ConformanceCase } from '../case.js'
import { badInputCases } from './bad-input.js'
import { definitionCases } from './definitions.js'
import { enqueueCases } from './enqueue.js'
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
  ...definitionCases,
  ...uniqueCases,
  ...uniqueInTransactionCases,
  ...sharedInsertCases,
]
