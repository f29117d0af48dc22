import { randomUUID } from 'node:crypto'
import { JobQueue, Worker, defineJob, handle, typed } from '@dbjobq/core'

const day = 86_400_000
const dataOf = (i) => ({ i, to: 'user@example.com' })
const firstMillisecond = Date.now()
let made = 0

/** UUIDv7s in ascending order, 4,096 of each millisecond. */
function nextId() {
  const time = (firstMillisecond + Math.floor(made / 4_096)).toString(16).padStart(12, '0')
  const counter = (made++ % 4_096).toString(16).padStart(3, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-${randomUUID().slice(19)}`
}

export function kindOf(database) {
  if (/^postgres(ql)?:/.test(database)) return 'postgres'
  if (/^(mysql|mariadb):/.test(database)) return 'mysql'
  return /^mongodb(\+srv)?:/.test(database) ? 'mongo' : 'sqlite'
}

export async function openStorage(kind, url, prefix) {
  if (kind === 'postgres') return new (await import('@dbjobq/storage-postgres')).PostgresStorage({ url, prefix })
  if (kind === 'mysql') return new (await import('@dbjobq/storage-mysql')).MysqlStorage({ url, prefix })
  if (kind === 'mongo') return new (await import('@dbjobq/storage-mongo')).MongoStorage({ url, prefix })
  return new (await import('@dbjobq/storage-sqlite')).SqliteStorage({ filename: url, prefix })
}

/** As `enqueueMany` makes them. */
export function newJobs(count) {
  const now = Date.now()
  return Array.from({ length: count }, (_, i) => ({
    id: nextId(),
    queue: 'default',
    type: 'noop',
    groupKey: null,
    priority: 5,
    status: 'pending',
    runAt: now,
    uniqueKey: null,
    keyUntil: 'settlement',
    data: JSON.stringify(dataOf(i)),
    options: '{}',
  }))
}

/** As the worker makes them of jobs that completed. */
export function completed(jobIds, claimId) {
  const now = Date.now()
  return jobIds.map((id) => ({
    id,
    claimId,
    status: 'completed',
    runAt: now,
    attempts: 1,
    startedAt: now,
    finishedAt: now,
    deleteAt: now + day,
    result: null,
    errors: null,
    releaseKey: true,
    forgetClaim: false,
  }))
}

/** The storage contract with the face of a floor. */
export function contractOf(storage) {
  return {
    insert: (jobs) => storage.insertJobs(jobs),
    async claim(claimId, limit) {
      const { jobs } = await storage.claimJobs({ claimId, workerId: 'bench', limit, queues: [{ name: 'default', limit }] })
      return jobs.map(({ id }) => id)
    },
    settle: (settlements) => storage.settleJobs(settlements),
  }
}

const noop = defineJob({ type: 'noop', data: typed() })

/** A function that enqueues one job. */
export function enqueueOneByOne(storage) {
  const queue = new JobQueue(storage)
  let i = 0
  return () => queue.enqueue(noop, dataOf(i++))
}

/** The ms that it takes. */
export async function enqueueMany(storage, count) {
  const queue = new JobQueue(storage)
  await queue.getJob(nextId())
  const data = Array.from({ length: count }, (_, i) => dataOf(i))
  const begin = performance.now()
  await queue.enqueueMany(noop, data)
  return performance.now() - begin
}

/** Fills the queue, then answers the ms from the first handler to the last settlement. */
export async function drainThroughWorker(storage, count) {
  const queue = new JobQueue(storage)
  for (let at = 0; at < count; at += 10_000) {
    await queue.enqueueMany(
      noop,
      Array.from({ length: Math.min(10_000, count - at) }, (_, i) => dataOf(at + i)),
    )
  }
  let begin
  let settled = 0
  const allSettled = Promise.withResolvers()
  const worker = new Worker(queue, { jobs: [handle(noop, () => void (begin ??= performance.now()))] })
  worker.on('completed', () => {
    if (++settled === count) allSettled.resolve(performance.now())
  })
  worker.on('trouble', (event) => console.error(event))
  await worker.start()
  const end = await allSettled.promise
  await worker.stop()
  return end - begin
}

/** The same jobs on the bare driver: while one batch is settled, the next is claimed. */
export async function drainFloor(floor, count, batch = 100) {
  for (let at = 0; at < count; at += 1_000) await floor.insert(newJobs(Math.min(1_000, count - at)))
  const begin = performance.now()
  let claimId = randomUUID()
  let claimed = await floor.claim(claimId, batch)
  let settled = 0
  while (claimed.length > 0) {
    const next = randomUUID()
    const settlements = completed(claimed, claimId)
    claimed = await floor.settleAndClaim(settlements, next, batch)
    settled += settlements.length
    claimId = next
  }
  const end = performance.now()
  if (settled !== count) throw new Error(`The floor settled ${settled} of ${count} jobs.`)
  return end - begin
}
