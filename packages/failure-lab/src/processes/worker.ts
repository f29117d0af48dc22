import { StorageError, Worker } from '@dbjobq/core'
import { handlers } from '../workload/handlers.js'
import { lease } from './plan.js'
import { pause, type Place } from './place.js'

/** Runs jobs until SIGTERM, and writes down what the worker tells of them. */
export async function runJobs({ queue, ledger, turns, targets, plan, report, stop }: Place): Promise<void> {
  const worker = new Worker(queue, {
    jobs: handlers(ledger, turns, targets),
    concurrency: plan.concurrency,
    poll: 'fast',
    lease,
  })
  const outcomes = ['completed', 'retrying', 'failed', 'cancelled', 'snoozed', 'released'] as const
  for (const outcome of outcomes) {
    worker.on(outcome, ({ id, attempt }) => {
      ledger.write({ kind: 'settled', id, attempt, outcome })
      if (outcome === 'completed' || outcome === 'failed' || outcome === 'cancelled') report.ended++
    })
  }
  worker.on('started', () => report.began++)
  worker.on('leaseLost', ({ id, attempt }) => {
    ledger.write({ kind: 'lost', id, attempt })
    targets.delete(id)
    report.lost++
  })
  worker.on('stuck', ({ id, attempt }) => ledger.write({ kind: 'stuck', id, attempt }))
  worker.on('trouble', () => report.troubles++)
  worker.on('workerStarted', () => {
    report.stage = 'working'
    // SIGTERM came before the worker listened to it.
    if (stop.aborted) void worker.stop()
  })
  while (!stop.aborted && report.stage === 'starting') {
    try {
      await worker.run()
    } catch (error) {
      if (!(error instanceof StorageError && error.retryable)) throw error
      await pause(100, stop)
    }
  }
}
