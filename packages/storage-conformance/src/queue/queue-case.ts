import { JobQueue, Worker, type BoundJob, type Job, type JobStorage, type WorkerOptions } from '@dbjobq/core'
import type { AnyStorage, ConformanceCase, Need, Subject } from '../case.js'
import { until } from './until.js'

/** What a case about the queue itself works with. */
export interface QueueContext {
  queue: JobQueue
  /** A started worker with a short poll; stopped after the case. */
  startWorker: (jobs: BoundJob[], options?: Omit<WorkerOptions, 'jobs'>) => Promise<Worker>
  /** The job once it has ended. */
  ended: (id: string) => Promise<Job>
  /** A queue of its own on the same database, as another process has it. Closed after the case. */
  openQueue: () => Promise<JobQueue>
  /** The bare storage, to play another process. */
  openStorage: () => Promise<AnyStorage>
  /** Its forms of transactions, its module for other processes. */
  subject: Subject
}

/** A case that shows how queue and worker behave on the storage; it proves no MUST of the contract by itself. */
export function queueCase(id: string, title: string, run: (context: QueueContext) => Promise<void>, needs: Need[] = []): ConformanceCase {
  return {
    id: `queue/${id}`,
    title,
    proves: [],
    needs,
    timeout: 60_000,
    run: async ({ storage, open, subject }) => {
      const queue = new JobQueue(storage as JobStorage)
      const workers: Worker[] = []
      const troubles: string[] = []
      const context: QueueContext = {
        queue,
        startWorker: async (jobs, options = {}) => {
          const worker = new Worker(queue, { poll: { min: 20, max: 100 }, ...options, jobs })
          workers.push(worker)
          worker.on('trouble', ({ during, error }) => troubles.push(`${during}: ${String(error)}`))
          await worker.start()
          return worker
        },
        ended: (jobId) => ended(queue, jobId),
        openQueue: async () => new JobQueue((await open()) as JobStorage),
        openStorage: open,
        subject,
      }
      try {
        await run(context)
        // What a listener throws harms nothing, so it is told here.
        if (troubles.length > 0) throw new Error(`a worker had trouble: ${troubles.join('; ')}`)
      } finally {
        await Promise.all(workers.map((worker) => worker.stop({ timeout: 0 })))
      }
    },
  }
}

async function ended(queue: JobQueue, id: string): Promise<Job> {
  await until(`the end of job ${id}`, async () => (await queue.getJob(id))?.finishedAt instanceof Date)
  const job = await queue.getJob(id)
  if (!job) throw new Error(`job ${id} is gone`)
  return job
}
