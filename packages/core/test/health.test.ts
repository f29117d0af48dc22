import { expect, it } from 'vitest'
import { defineJob, JobQueue, typed } from '@dbjobq/core'
import { MemoryStorage } from '@dbjobq/core/memory'
import { StorageError } from '@dbjobq/core/storage'

const job = defineJob({ type: 'step', data: typed<null>() })

it('tells health of a database that is down instead of rejecting', async () => {
  const down = (): Promise<never> => Promise.reject(new StorageError('UNAVAILABLE', 'No connection.', { retryable: true, applied: 'no' }))
  const storage = Object.assign(new MemoryStorage(), { describe: down })
  const { status, reasons } = await new JobQueue(storage).health()
  expect([status, reasons.map(({ code, message }) => [code, message])]).toEqual(['unhealthy', [['DATABASE_UNUSABLE', 'No connection.']]])
})

it('does not overlook the first of more pending jobs than are counted', async () => {
  const storage = new MemoryStorage()
  const queue = new JobQueue(storage)
  await queue.migrate()
  await queue.enqueue(job, null, { runAt: new Date(Date.now() - 3_600_000) })
  await queue.enqueue(job, null, { queue: 'full' })
  storage.countJobs = () =>
    Promise.resolve({ counts: [{ queue: 'full', status: 'pending', count: 10_000, oldestRunAt: Date.now() }], complete: false })
  const { reasons } = await queue.health({ unserved: { degraded: false } })
  expect(reasons.map(({ code, queue: name, status }) => [code, name, status])).toEqual([['JOBS_WAIT', 'default', 'unhealthy']])
  await queue.pauseQueue('default')
  expect((await queue.health({ unserved: { degraded: false } })).status).toBe('healthy')
})
