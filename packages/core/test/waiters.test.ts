import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { defineJob, handle, JobQueue, typed, Worker, type JobStorage } from '@dbjobq/core'
import { MemoryDatabase, MemoryStorage } from '@dbjobq/core/memory'
import { StorageError } from '@dbjobq/core/storage'

const job = defineJob({ type: 'step', data: typed<{ n: number }>(), result: typed<number>() })
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

/** A queue whose reads can be watched, and made to fail. */
async function watched() {
  const database = new MemoryDatabase()
  const storage = new MemoryStorage({ database })
  const reads: number[] = []
  /** `blind`: a look finds nothing ended. */
  const trouble: { error?: StorageError; blind?: boolean } = {}
  const proxy = new Proxy(storage, {
    get(target, name) {
      if (name !== 'findJobs') {
        const member: unknown = Reflect.get(target, name)
        return typeof member === 'function' ? (member.bind(target) as unknown) : member
      }
      return (...args: Parameters<JobStorage['findJobs']>) => {
        if (trouble.error) return Promise.reject(trouble.error)
        reads.push(args[0].ids?.length ?? 0)
        const rows = target.findJobs(...args)
        if (!trouble.blind || !args[1].summary || args[0].status) return rows
        return rows.then((found) => found.map((row) => ({ ...row, finishedAt: null })))
      }
    },
  })
  const queue = new JobQueue(proxy)
  await queue.migrate()
  return { queue, reads, trouble, other: new JobQueue(new MemoryStorage({ database })) }
}

const many = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))

it('reads for all that wait in one call, and leaves nothing behind when nobody waits', async () => {
  const { queue, reads } = await watched()
  const before = timers()
  const jobs = await queue.enqueueMany(job, many(50), { delay: '1h' })
  const controller = new AbortController()
  const waits = Promise.allSettled(jobs.map((one) => queue.waitFor(one, { signal: controller.signal })))
  await expect.poll(() => reads.filter((ids) => ids === 50).length, { timeout: 10_000 }).toBeGreaterThan(2)
  expect(reads.every((ids) => ids === 50)).toBe(true)
  controller.abort(new Error('enough'))
  await waits
  expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  await expect.poll(timers, { timeout: 10_000 }).toBeLessThanOrEqual(before)
  const count = reads.length
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(reads.length).toBe(count)
}, 30_000)

it('is told what a worker of this process ends, and does not find it by looking', async () => {
  const { queue, reads, trouble } = await watched()
  const result = queue.waitFor(await queue.enqueue(job, { n: 7 }))
  trouble.blind = true
  const cancelled = queue.waitFor(await queue.enqueue(job, { n: 8 }, { delay: '1h' }))
  await expect.poll(() => reads.length, { timeout: 10_000 }).toBeGreaterThan(3)
  const worker = new Worker(queue, { jobs: [handle(job, ({ n }) => n)] })
  await worker.start()
  expect(await result).toBe(7)
  const rejects = expect(cancelled).rejects.toMatchObject({ code: 'JOB_CANCELLED' })
  await queue.cancelJobs({ status: 'scheduled' })
  await rejects
  await worker.stop()
}, 30_000)

it('waits a database out that is down for a while, and gives up on one that refuses', async () => {
  const { queue, trouble, other } = await watched()
  const [first, second] = await queue.enqueueMany(job, many(2))
  const result = queue.waitFor(first ?? '')
  trouble.error = new StorageError('UNAVAILABLE', 'down', { retryable: true, applied: 'no' })
  const worker = new Worker(other, { jobs: [handle(job, ({ n }) => n)] })
  await worker.start()
  await expect.poll(async () => (await other.stats()).byStatus.completed, { timeout: 10_000 }).toBe(2)
  delete trouble.error
  expect(await result).toBe(0)
  trouble.error = new StorageError('FORBIDDEN', 'no right', { retryable: false, applied: 'no' })
  await expect(queue.waitFor(second ?? '')).rejects.toMatchObject({ code: 'FORBIDDEN' })
  await worker.stop()
}, 30_000)
