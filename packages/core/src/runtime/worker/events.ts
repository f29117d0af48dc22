import type { Failure } from '../../model/failure.js'

export interface JobEvent {
  id: string
  type: string
  queue: string
  attempt: number
}

/** What a worker tells. */
export interface WorkerEvents {
  started: JobEvent
  completed: JobEvent
  /** It failed and will run again at `runAt`, epoch ms. */
  retrying: JobEvent & { failure: Failure | undefined; runAt: number }
  failed: JobEvent & { failure: Failure | undefined }
  cancelled: JobEvent
  snoozed: JobEvent & { runAt: number }
  /** Given back unrun. */
  released: JobEvent
  /** Taken from a worker that is gone. */
  rescued: JobEvent
  /** This worker no longer held the job when it ended; what it did is not recorded. */
  leaseLost: JobEvent
  /** The handler goes on though its signal was aborted; the job was settled without it. */
  stuck: JobEvent & { reason: unknown }
  /** The database could not be used, and the worker goes on trying; or a schedule is not as it should be. */
  trouble: { during: string; error: unknown }
}
