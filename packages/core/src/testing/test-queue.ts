import { aDate, anything, checkOptions } from '../model/check.js'
import type { BoundJob } from '../model/definition.js'
import type { StorageInfo } from '../model/storage.js'
import { MemoryStorage } from '../memory/memory-storage.js'
import { JobQueue, storeOf } from '../runtime/queue/job-queue.js'
import type { RunReport } from './report.js'
import { runJobs } from './run-jobs.js'
import { handlersOf, type RunOptions } from './run-options.js'
import { PinnedClock, TestClock } from './test-clock.js'

export interface TestQueueOptions {
  /** The time at first. Default: that of this process. */
  now?: Date
  /** What `runJobs` of the test queue can do: `handle(job, fn)` or `defineJob({ run })`. */
  jobs?: BoundJob[]
}

/** A queue in memory whose clock the test moves. */
export interface TestQueue extends AsyncDisposable {
  /** What the code under test takes as its `JobQueue`. */
  readonly queue: JobQueue
  readonly clock: TestClock
  /** `runJobs` with the queue and jobs of this test queue. */
  readonly runJobs: (options?: RunOptions) => Promise<RunReport>
  /** Forgets all jobs, queues and schedules; for between two tests. The clock stays. */
  readonly clear: () => Promise<void>
}

/**
 * Makes a test queue: it needs no database and no `migrate()`, and starts nothing. It takes no `tx`.
 * @throws DbjobqError `INVALID_OPTION`, `INVALID_DATE`, `DUPLICATE_JOB_TYPE`
 */
export function createTestQueue(options: TestQueueOptions = {}): TestQueue {
  checkOptions('createTestQueue', options, { now: aDate, jobs: anything })
  const { now = new Date(), jobs = [] } = options
  handlersOf('createTestQueue: jobs', jobs)
  const clock = new TestClock(now)
  const storage = new ReadyStorage({ now: () => clock.now.getTime() })
  const queue = queueOn(storage, clock)
  return {
    queue,
    clock,
    runJobs: (runOptions = {}) => runJobs(queue, jobs, runOptions),
    clear: async () => {
      await storage.migrate({ to: 0 })
      await storage.migrate()
    },
    [Symbol.asyncDispose]: () => queue.close(),
  }
}

/** A queue that takes its time from `clock` and from nothing else. */
export function queueOn(storage: ReadyStorage, clock: TestClock): JobQueue {
  const queue = new JobQueue(storage)
  // The store's own clock goes on by itself between two readings; here time stands still.
  Object.assign(queue[storeOf], { clock: new PinnedClock(clock) })
  return queue
}

/** It needs no migration. */
export class ReadyStorage extends MemoryStorage {
  override async describe(): Promise<StorageInfo> {
    await this.migrate()
    return super.describe()
  }
}
