import { defineJob, handle, JobQueue, typed, Worker, type JobStorage } from '@dbjobq/core'
import { MemoryStorage } from '@dbjobq/core/memory'
import { maxBytesPerCall, type JobRow, type Settlement } from '@dbjobq/core/storage'
import { expect, it } from 'vitest'

const job = defineJob({ type: 'step', data: typed<{ n: number }>() })

/** Of a job that failed ten times with long messages. */
const errors = JSON.stringify(
  Array.from({ length: 10 }, (_, index) => ({ at: 1, attempt: index + 1, name: 'Error', message: 'é'.repeat(3_000) })),
)

it('rescues many jobs with long errors in calls that no storage refuses for their size', async () => {
  const storage = new MemoryStorage()
  const largest = { bytes: 0, jobs: 0 }
  const watched = new Proxy<JobStorage>(storage, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name)
      if (name !== 'settleJobs') return typeof member === 'function' ? (member.bind(target) as unknown) : member
      return (settlements: Settlement[]) => {
        const bytes = settlements.reduce((sum, settlement) => sum + Buffer.byteLength(settlement.errors ?? ''), 0)
        largest.bytes = Math.max(largest.bytes, bytes)
        largest.jobs += settlements.length
        return target.settleJobs(settlements)
      }
    },
  })
  const queue = new JobQueue(watched)
  await queue.migrate()
  await queue.enqueueMany(
    job,
    Array.from({ length: 200 }, (_, n) => ({ n })),
  )
  const { jobs } = await storage.claimJobs({ claimId: 'dead', workerId: 'dead', limit: 200, queues: [{ name: 'default', limit: 200 }] })
  expect(jobs).toHaveLength(200)
  await storage.updateJobs(jobs.map(({ id }: JobRow) => ({ id, from: ['running'], set: { errors } })))
  const worker = new Worker(queue, { jobs: [handle(job, () => undefined)], queues: ['other'] })
  await worker.start()
  await expect.poll(() => largest.jobs, { timeout: 20_000 }).toBe(200)
  expect(largest.bytes).toBeLessThanOrEqual(maxBytesPerCall)
  expect(largest.bytes).toBeGreaterThan(1_000_000)
  await worker.stop()
  await queue.close()
}, 30_000)

it('refuses lists that one call of the storage does not carry', async () => {
  const queue = new JobQueue(new MemoryStorage())
  await queue.migrate()
  const ids = Array.from({ length: 1_001 }, (_, n) => `01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`)
  await expect(queue.listJobs({ ids })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  expect(() => queue.iterateJobs({ type: ids })).toThrow(/at most 1000/)
  await expect(queue.stats({ ids })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  await expect(queue.cancelJobs({ queue: ids })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  expect((await queue.listJobs({ ids: ids.slice(1) })).jobs).toEqual([])
  expect((await queue.cancelJobs({ ids })).matched).toBe(0)
})

it('refuses a storage of another contract version by name', () => {
  const other = Object.assign(Object.create(new MemoryStorage()) as object, { contractVersion: 2 }) as unknown as JobStorage
  expect(() => new JobQueue(other)).toThrow(/contract version 2.*knows 1/)
})
