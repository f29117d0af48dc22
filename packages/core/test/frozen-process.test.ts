import { expect, it } from 'vitest'
import { defineJob, handle, JobQueue, typed, Worker } from '@dbjobq/core'
import { MemoryStorage } from '@dbjobq/core/memory'

const job = defineJob({ type: 'step', data: typed<null>() })

it('starts no handler on a lease that ran out while the process stood still', { timeout: 30_000 }, async () => {
  const storage = new MemoryStorage()
  const claim = storage.claimJobs.bind(storage)
  let wasStill = false
  storage.claimJobs = async (request) => {
    const claimed = await claim(request)
    if (claimed.jobs.length > 0 && !wasStill) {
      // Its answer is there, and the timer that would tell the end of the lease has not run yet.
      wasStill = true
      for (const end = performance.now() + 3_100; performance.now() < end;);
    }
    return claimed
  }
  const queue = new JobQueue(storage)
  await queue.migrate()
  const ids: string[] = []
  const worker = new Worker(queue, { jobs: [handle(job, () => void ids.push(worker.status().workerId))], lease: '3s', poll: 'fast' })
  worker.on('blocked', () => undefined)
  await worker.start()
  const before = worker.status().workerId
  const { id } = await queue.enqueue(job, null)
  await expect.poll(async () => (await queue.getJob(id))?.status, { timeout: 20_000 }).toBe('completed')
  expect(ids).toHaveLength(1)
  expect(ids).not.toContain(before)
  await queue.close()
})
