import type { ConformanceCase } from '../case.js'
import { badInputCases } from './bad-input.js'
import { enqueueCases } from './enqueue.js'
import { testingCases } from './testing.js'
import { workerLifeCases } from './worker-life.js'
import { workerCases } from './worker.js'

/** How `JobQueue` and `Worker` behave on the storage: the same everywhere. */
export const queueCases: ConformanceCase[] = [...enqueueCases, ...badInputCases, ...workerCases, ...workerLifeCases, ...testingCases]
