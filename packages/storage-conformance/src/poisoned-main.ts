/** The main module of a child process: a worker whose process is killed by each job with `n: 0`. */
import { setTimeout as pause } from 'node:timers/promises'
import { handle, JobQueue, Worker, type JobStorage } from '@dbjobq/core'
import { step } from './queue/step.js'

async function main(): Promise<void> {
  const { open } = (await import(process.argv[2] ?? '')) as { open: () => Promise<JobStorage> }
  const handler = handle(step, async ({ n }) => {
    if (n === 0) process.kill(process.pid, 'SIGKILL')
    await pause(1)
    return { n }
  })
  const worker = new Worker(new JobQueue(await open()), { jobs: [handler], concurrency: 1, poll: 'fast' })
  process.once('disconnect', () => void worker.stop().then(() => process.exit()))
  await worker.start()
}

main().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
