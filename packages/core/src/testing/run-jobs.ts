import type { BoundJob } from '../model/definition.js'
import { DbjobqError } from '../model/errors.js'
import { storeOf, type JobQueue } from '../runtime/queue/job-queue.js'
import { JobRunner } from './job-runner.js'
import { report, type RunReport } from './report.js'
import { runSettings, type RunOptions } from './run-options.js'

/**
 * Runs the jobs that are due, here and now, and what follows from them, until nothing is due: as a worker does, under a lease,
 * with the same retries and outcomes, but without one and without leaving anything behind. It works on any queue and takes only
 * jobs it has a handler for. It fires no schedules, rescues and prunes nothing, and leaves paused queues alone.
 *
 * With concurrency 1 jobs run in the order of the queue: priority, time, id. A storage may overlook a better one that came in meanwhile
 * for up to a second.
 * @throws DbjobqError `INVALID_OPTION`, `INVALID_NAME`, `INVALID_DURATION`, `DUPLICATE_JOB_TYPE`; `TOO_MANY_RUNS` after `maxRuns`;
 * `JOB_FAILED` with `throwOnFailure`; StorageError when the database fails; else a handler's error is an outcome and no rejection
 */
export async function runJobs<Tx = never>(queue: JobQueue<Tx>, jobs: readonly BoundJob[], options: RunOptions = {}): Promise<RunReport> {
  if (typeof queue !== 'object' || !(storeOf in queue)) {
    throw new DbjobqError('INVALID_OPTION', 'runJobs takes a JobQueue as its first argument.')
  }
  // No transaction is passed on, whatever the queue may take.
  const runner = new JobRunner(queue[storeOf], runSettings(jobs, options))
  return report(await runner.run())
}
