import type { ConformanceCase } from '../case.js'
import { badInputCases } from './bad-input.js'
import { badOperationCases } from './bad-operations.js'
import { completeInTxCases } from './complete-in-tx.js'
import { contextCases } from './context.js'
import { deadLetterCases } from './dead-letters.js'
import { definitionCases } from './definitions.js'
import { deployCases } from './deploys.js'
import { enqueueCases } from './enqueue.js'
import { eventCases } from './events.js'
import { healthCases } from './health.js'
import { lateEndingCases } from './late-endings.js'
import { leaseCases } from './lease.js'
import { lostAnswerCases } from './lost-answers.js'
import { operationCases } from './operations.js'
import { pauseCases } from './pause.js'
import { payloadCases } from './payloads.js'
import { pruneCases } from './prune.js'
import { rescueCases } from './rescues.js'
import { scheduleCases } from './schedules.js'
import { sharedInsertCases } from './shared-inserts.js'
import { testingCases } from './testing.js'
import { timeCases } from './times.js'
import { troubleCases } from './trouble.js'
import { undecodableCases } from './undecodable.js'
import { uniqueCases } from './unique.js'
import { uniqueInTransactionCases } from './unique-in-transactions.js'
import { waitForCases } from './wait-for.js'
import { wakeupsCases } from './wakeups.js'
import { workerBadInputCases } from './worker-bad-input.js'
import { workerCases } from './worker.js'
import { workerControlCases } from './worker-control.js'
import { workerLifeCases } from './worker-life.js'

/** How `JobQueue` and `Worker` behave on the storage: the same everywhere. */
export const queueCases: ConformanceCase[] = [
  ...enqueueCases,
  ...badInputCases,
  ...payloadCases,
  ...undecodableCases,
  ...workerCases,
  ...workerLifeCases,
  ...rescueCases,
  ...leaseCases,
  ...lateEndingCases,
  ...lostAnswerCases,
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
  ...completeInTxCases,
  ...contextCases,
  ...eventCases,
  ...workerControlCases,
  ...workerBadInputCases,
  ...troubleCases,
  ...pruneCases,
  ...timeCases,
  ...deployCases,
  ...scheduleCases,
  ...testingCases,
]
