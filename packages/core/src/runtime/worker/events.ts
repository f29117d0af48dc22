import type { Failure } from '../../model/failure.js'

export interface JobEvent {
  id: string
  type: string
  queue: string
  attempt: number
}

/** What a worker tells. Listeners may be async; one that throws or rejects harms nothing and is told as a process warning. */
export interface WorkerEvents {
  /** A handler starts. */
  started: JobEvent
  /** With `started`: no retry is left after this attempt. */
  lastAttempt: JobEvent
  /** The handler saved how far it got. */
  progress: JobEvent & { progress: unknown }
  /** `duration`: ms that the handler took. */
  completed: JobEvent & { duration: number; result: unknown }
  /** It failed and will run again at `runAt`, epoch ms. `lastAttempt`: that run is the last. */
  retrying: JobEvent & { duration: number; failure: Failure | undefined; runAt: number; lastAttempt: boolean }
  /** For good. */
  failed: JobEvent & { duration: number; failure: Failure | undefined }
  cancelled: JobEvent
  /** Put back by its handler until `runAt`, epoch ms. */
  snoozed: JobEvent & { runAt: number }
  /** Given back unrun. */
  released: JobEvent
  /** Taken from a worker that is gone. */
  rescued: JobEvent
  /** This worker no longer held the job when it ended; what it did is not recorded. */
  leaseLost: JobEvent
  /**
   * The handler goes on 1 s after its signal was aborted. The job is settled without it, what it still returns is ignored, and its
   * slot is free for the next: more handlers than `concurrency` may then be busy, see `status().stuck`. Only one that called
   * `ctx.complete` keeps its job and its slot until it ends, since its transaction may commit.
   */
  stuck: JobEvent & { reason: unknown }
  /** The database could not be used, and the worker goes on trying, every 0.1 to 5 s; or a schedule is not as it should be. */
  trouble: { during: string; error: unknown }
  /** The trouble is over; it lasted `duration` ms. */
  recovered: { during: string; duration: number }
  /** The event loop stood still for `duration` ms, more than half the lease: at a whole one the jobs of this worker go to others. Move the work to a thread. */
  blocked: { duration: number }
  workerStarted: { workerId: string }
  workerPaused: { workerId: string }
  workerResumed: { workerId: string }
  workerStopped: { workerId: string }
}
