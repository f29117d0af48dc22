import type { Logger } from '../../model/logger.js'
import type { Emitter } from '../emitter.js'
import type { WorkerEvents } from './events.js'

/** What the operator of a worker wants to read without asking, on the logger given to it. */
export function logEvents(events: Emitter<WorkerEvents>, logger: Logger): void {
  events.on('trouble', ({ during, error }) => logger.warn({ during, err: error }, 'dbjobq: trouble, the worker goes on trying'))
  events.on('recovered', (event) => logger.info(event, 'dbjobq: the trouble is over'))
  events.on('blocked', (event) => logger.warn(event, 'dbjobq: the event loop stood still'))
  events.on('retrying', ({ id, ...event }) => logger.warn({ jobId: id, ...event }, 'dbjobq: a job failed and will run again'))
  events.on('failed', ({ id, ...event }) => logger.error({ jobId: id, ...event }, 'dbjobq: a job failed for good'))
  events.on('stuck', ({ id, reason, ...event }) =>
    logger.warn({ jobId: id, ...event, err: reason }, 'dbjobq: a handler ignores its signal'),
  )
  events.on('leaseLost', ({ id, ...event }) => logger.warn({ jobId: id, ...event }, 'dbjobq: a job is no longer held by this worker'))
  events.on('workerStarted', (event) => logger.info(event, 'dbjobq: worker started'))
  events.on('workerStopped', (event) => logger.info(event, 'dbjobq: worker stopped'))
}
