import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { defineJob, handle, JobQueue, typed, Worker } from '@dbjobq/core'
import { MemoryDatabase, MemoryStorage } from '@dbjobq/core/memory'

const job = defineJob({ type: 'step', data: typed<string>() })
const forEver = () => new Promise<void>(() => undefined)
const during = (seconds: number) => () => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1_000))

const opened: JobQueue[] = []

beforeEach(() => vi.useFakeTimers())
afterEach(async () => {
  const closed = Promise.all(opened.splice(0).map((queue) => queue.close()))
  await pass(5)
  await closed
  vi.useRealTimers()
})

async function pass(seconds: number): Promise<void> {
  for (; seconds > 0; seconds--) {
    await vi.advanceTimersByTimeAsync(1_000)
    await nextTurn()
  }
}

/** A worker of ten slots, and jobs that were lost with a worker at these attempts. */
async function workerWith(losses: Record<string, number[]>, run: () => Promise<void>) {
  const database = new MemoryDatabase()
  const queue = new JobQueue(new MemoryStorage({ database }))
  opened.push(queue)
  await queue.migrate()
  const begun: string[] = []
  for (const [name, attempts] of Object.entries(losses)) {
    const { id } = await queue.enqueue(job, name)
    const row = database.tables.jobs.get(id) ?? expect.unreachable()
    row.errors = JSON.stringify(attempts.map((attempt) => ({ attempt, at: 0, code: 'WORKER_LOST', message: '' })))
  }
  const handled = handle(job, (name) => {
    begun.push(name)
    return run()
  })
  const worker = new Worker(queue, { jobs: [handled], concurrency: 10, shutdownTimeout: 0 })
  await worker.start()
  return { begun, worker }
}

it('lets a job that was lost with its worker begin when the one before has run for a minute, for ten if two of its attempts were lost', async () => {
  const { begun } = await workerWith({ once: [1], twice: [1, 2], last: [1], never: [] }, forEver)
  await pass(59)
  expect(begun).toEqual(['never', 'once'])
  await pass(2)
  expect(begun).toEqual(['never', 'once', 'twice'])
  await pass(597)
  expect(begun).toEqual(['never', 'once', 'twice'])
  await pass(4)
  expect(begun).toEqual(['never', 'once', 'twice', 'last'])
})

it('lets it begin at once when the one before is settled', async () => {
  const { begun, worker } = await workerWith({ a: [1], b: [1, 2], c: [1] }, during(2))
  await pass(1)
  expect(begun).toEqual(['a'])
  await pass(2)
  expect(begun).toEqual(['a', 'b'])
  await pass(2)
  expect(begun).toEqual(['a', 'b', 'c'])
  await pass(2)
  expect(worker.status().counters.completed).toBe(3)
})

it('counts a loss before the handler had begun once, however often it comes', async () => {
  const { begun } = await workerWith({ waited: [1, 1, 1], last: [1] }, forEver)
  await pass(61)
  expect(begun).toEqual(['waited', 'last'])
})

it('has ten jobs of ten minutes done after 19 minutes', async () => {
  const names = Array.from({ length: 10 }, (_, index) => [`${index}`, [1]])
  const { worker } = await workerWith(Object.fromEntries(names) as Record<string, number[]>, during(600))
  await pass(18 * 60 + 59)
  expect(worker.status().counters.completed).toBe(9)
  await pass(2)
  expect(worker.status().counters.completed).toBe(10)
})
