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
