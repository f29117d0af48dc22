import { setTimeout as pause } from 'node:timers/promises'
import { Worker, type BoundJob, type JobQueue, type ListOptions } from '@dbjobq/core'
import type { Progress } from './progress.js'

export interface Stage {
  /** What is counted, as it is shown. */
  name: string
  job: BoundJob
  queue: string
  /** Which jobs must end. */
  jobs: Pick<ListOptions, 'ids' | 'type' | 'groupKey'>
  concurrency: number
}

/** Between two looks at how far it is, ms. */
const lookEvery = 100

/** Works until all jobs of the stage have ended, whoever did them. False: a signal came first. */
export async function finishStage(queue: JobQueue, stage: Stage, progress: Progress): Promise<boolean> {
  do {
    if (!(await work(queue, stage, progress))) return false
    // A store without transactions shows a completed job a moment before the jobs that it enqueued. The worker has stopped, so now they are there.
  } while ((await count(queue, stage.jobs)).open > 0)
  return true
}

async function work(queue: JobQueue, stage: Stage, progress: Progress): Promise<boolean> {
  // A short lease: what a killed process was doing is taken up again after about eight seconds.
  const worker = new Worker(queue, { jobs: [stage.job], queues: [stage.queue], concurrency: stage.concurrency, lease: '6s' })
  let retries = 0
  worker.on('retrying', () => retries++)
  worker.on('rescued', () => retries++)
  worker.on('trouble', ({ during, error }) => progress.say(`trouble during ${during}: ${String(error)}`))

  const allEnded = async (): Promise<boolean> => {
    while (worker.isRunning) {
      const { open, ended } = await count(queue, stage.jobs)
      if (open === 0) return true
      progress.show(`${stage.name}: ${ended} of ${ended + open}${retries > 0 ? `, ${retries} retries` : ''}`)
      await pause(lookEvery)
    }
    return false
  }
  const working = worker.run() // ends by `stop`, or by SIGINT or SIGTERM
  const isFinished = await Promise.race([allEnded(), working.then(() => false)])
  await worker.stop()
  await working
  return isFinished
}

async function count(queue: JobQueue, jobs: Stage['jobs']): Promise<{ open: number; ended: number }> {
  const { byStatus } = await queue.stats({ ...jobs, scanLimit: 100_000 })
  return {
    open: byStatus.scheduled + byStatus.pending + byStatus.running,
    ended: byStatus.completed + byStatus.failed + byStatus.cancelled,
  }
}
