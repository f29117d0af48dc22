import { expect, it } from 'vitest'
import { defineJob, handle, JobQueue, typed, Worker } from '@dbjobq/core'
import { MemoryStorage } from '@dbjobq/core/memory'

const job = defineJob({ type: 'step', data: typed<null>() })

it('starts nothing of a paused queue that a claim under way brings', async () => {
  const storage = new MemoryStorage()
  const claim = storage.claimJobs.bind(storage)
  let claimed = false
  let answer: () => void = () => undefined
  const gate = new Promise<void>((resolve) => (answer = resolve))
  storage.claimJobs = async (request) => {
    const jobs = await claim(request)
    claimed ||= jobs.jobs.length > 0
    if (claimed) await gate
    return jobs
  }
  const queue = new JobQueue(storage)
  await queue.migrate()
  const { id } = await queue.enqueue(job, null, { queue: 'paused' })
  const open = await queue.enqueue(job, null, { queue: 'open' })
  const runs: string[] = []
  const worker = new Worker(queue, {
    jobs: [handle(job, (_, context) => void runs.push(context.queue))],
    queues: ['paused', 'open'],
    poll: { min: 10, max: 20 },
  })
  await worker.start()
  await expect.poll(() => claimed, { timeout: 10_000 }).toBe(true)
  await queue.pauseQueue('paused')
  answer()
  await queue.waitFor(open)
  await expect.poll(async () => (await queue.getJob(id))?.status, { timeout: 10_000 }).toBe('pending')
  expect([runs, (await queue.getJob(id))?.attempts]).toEqual([['open'], 0])
  await queue.resumeQueue('paused')
  await queue.waitFor(id)
  expect(runs).toEqual(['open', 'paused'])
  await worker.stop()
}, 30_000)
