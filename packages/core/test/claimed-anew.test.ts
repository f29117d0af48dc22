import { expect, it } from 'vitest'
import { defineJob, handle, JobQueue, RetryLater, StorageError, typed, Worker } from '@dbjobq/core'
import { MemoryDatabase, MemoryStorage } from '@dbjobq/core/memory'

const job = defineJob({ type: 'step', data: typed<null>(), maxRetries: 5 })

it(
  'goes on with jobs that once took a worker down, when the answer of a settlement is lost and the job is claimed anew',
  { timeout: 30_000 },
  async () => {
    const database = new MemoryDatabase()
    const storage = new MemoryStorage({ database })
    const settle = storage.settleJobs.bind(storage)
    let losesAnswers = true
    storage.settleJobs = async (settlements) => {
      const answers = await settle(settlements)
      if (!losesAnswers) return answers
      throw new StorageError('UNAVAILABLE', 'the connection broke', { retryable: true, applied: 'unknown' })
    }
    const queue = new JobQueue(storage)
    await queue.migrate()
    const attempts: number[] = []
    const worker = new Worker(queue, {
      jobs: [
        handle(job, (_, { attempt }) => {
          attempts.push(attempt)
          losesAnswers = attempt < 2
          if (attempt < 3) throw new RetryLater('10ms')
        }),
      ],
      poll: { min: 10, max: 20 },
    })
    worker.on('trouble', () => undefined)
    const { id } = await queue.enqueue(job, null)
    // As a rescue leaves it: such a job is run alone, each after the one before is settled.
    const row = database.tables.jobs.get(id)
    if (row) row.errors = JSON.stringify([{ attempt: 0, at: Date.now(), code: 'WORKER_LOST', message: 'its worker is gone' }])
    await worker.start()
    await expect.poll(async () => (await queue.getJob(id))?.status, { timeout: 20_000 }).toBe('completed')
    expect(attempts).toEqual([1, 2, 3])
    await queue.close()
  },
)

it('tells that a job was taken from it when it claims it anew before a heartbeat finds out', { timeout: 30_000 }, async () => {
  const database = new MemoryDatabase()
  const queue = new JobQueue(new MemoryStorage({ database }))
  await queue.migrate()
  const reasons: unknown[] = []
  const lost: string[] = []
  let runs = 0
  const untilAborted = handle(job, async (_, { signal }) => {
    if (++runs === 2) return
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    reasons.push(signal.reason)
  })
  const worker = new Worker(queue, { jobs: [untilAborted], poll: { min: 10, max: 20 } })
  worker.on('leaseLost', ({ id }) => lost.push(id))
  const { id } = await queue.enqueue(job, null)
  await worker.start()
  await expect.poll(() => runs).toBe(1)
  // As a rescue leaves it.
  const row = database.tables.jobs.get(id)
  if (row) Object.assign(row, { status: 'pending', claimId: null, workerId: null })
  await expect.poll(async () => (await queue.getJob(id))?.status, { timeout: 20_000 }).toBe('completed')
  expect(lost).toEqual([id])
  expect(reasons).toMatchObject([{ code: 'LEASE_LOST' }])
  expect(worker.status().counters).toMatchObject({ leaseLost: 1, completed: 1 })
  await queue.close()
})
