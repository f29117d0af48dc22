import { expect, it } from 'vitest'
import { defineJob, handle, JobQueue, typed, Worker } from '@dbjobq/core'
import { MemoryStorage } from '@dbjobq/core/memory'

const job = defineJob({ type: 'step', data: typed<null>() })

/** Its first claim that brings something is answered only then. */
function withHeldClaim(): { storage: MemoryStorage; isClaimed: () => boolean; answer: () => void } {
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
  return { storage, isClaimed: () => claimed, answer: () => answer() }
}

it('starts nothing of a paused queue that a claim under way brings', async () => {
  const { storage, isClaimed, answer } = withHeldClaim()
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
  await expect.poll(isClaimed, { timeout: 10_000 }).toBe(true)
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

it('cancels a job whose claim was under way when the hint came', { timeout: 30_000 }, async () => {
  const { storage, isClaimed, answer } = withHeldClaim()
  const queue = new JobQueue(storage)
  await queue.migrate()
  const untilAborted = handle(
    job,
    (_, { signal }) => new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
  )
  const worker = new Worker(queue, { jobs: [untilAborted], lease: '10m', poll: { min: 10, max: 20 } })
  const { id } = await queue.enqueue(job, null)
  await worker.start()
  await expect.poll(isClaimed, { timeout: 10_000 }).toBe(true)
  expect(await queue.cancel(id)).toBe('requested')
  answer()
  await expect.poll(async () => (await queue.getJob(id))?.status, { timeout: 10_000 }).toBe('cancelled')
  await worker.stop()
})
