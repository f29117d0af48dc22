import assert from 'node:assert/strict'
import { defineJob, handle, typed } from '@dbjobq/core'
import { failedJobs } from './failed-jobs.js'
import { queueCase } from './queue-case.js'
import { step } from './step.js'
import { until } from './until.js'

const other = defineJob({ type: 'other', data: typed<{ name: string }>() })
const absent = '01890000-0000-7000-8000-000000000000'
const numbers = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))
const ids = (jobs: { id: string }[]) => jobs.map(({ id }) => id)

/** What can be done with jobs that are stored, one by one. */
const single = [
  queueCase('update', 'has a job that waits changed, and nothing else of it', async ({ queue }) => {
    const { id } = await queue.enqueue(step, { n: 1 }, { priority: 3, groupKey: 'g', maxRetries: 7, unique: { key: 'k' } })
    const before = await queue.getJob(id)
    await queue.update(id, { priority: 9, queue: 'elsewhere' })
    await queue.update(id, { job: step, data: { n: 2 } })
    assert.deepEqual(await queue.getJob(id), { ...before, priority: 9, queue: 'elsewhere', data: { n: 2 } })
  }),

  queueCase('update-time', 'has a changed time make a job scheduled or pending', async ({ queue, startWorker, ended }) => {
    const { id } = await queue.enqueue(step, { n: 1 })
    const at = new Date(Date.now() + 3_600_000)
    await queue.update(id, { runAt: at })
    const later = await queue.getJob(id)
    assert.deepEqual([later?.status, later?.runAt], ['scheduled', at])
    await startWorker([handle(step, ({ n }) => ({ n }))])
    await queue.update(id, { delay: 200 })
    assert.equal((await queue.getJob(id))?.status, 'scheduled')
    const { id: second } = await queue.enqueue(step, { n: 2 }, { delay: '1h' })
    await queue.update(second, { runAt: new Date(0) })
    assert.deepEqual([(await ended(id)).status, (await ended(second)).status], ['completed', 'completed'])
  }),

  queueCase('update-refused', 'refuses to change what does not wait, and data that does not fit', async (context) => {
    const { queue } = context
    const [failed = ''] = await failedJobs(context, 1)
    await assert.rejects(queue.update(failed, { priority: 1 }), { code: 'JOB_STATE' })
    await assert.rejects(queue.update(absent, { priority: 1 }), { code: 'JOB_NOT_FOUND' })
    const { id } = await queue.enqueue(step, { n: 1 })
    await assert.rejects(queue.update(id, { job: other, data: { name: 'x' } }), { code: 'INVALID_OPTION' })
    await assert.rejects(queue.update(id, { job: step, data: { n: NaN } }), { code: 'INVALID_PAYLOAD' })
    await assert.rejects(queue.update(id, { job: step, data: { n: 'é'.repeat(600_000) } as never }), { code: 'PAYLOAD_TOO_LARGE' })
    assert.deepEqual((await queue.getJob(id))?.data, { n: 1 })
    assert.equal((await queue.getJob(failed))?.priority, 5)
  }),

  queueCase('delete', 'has a job deleted in any status but running, its key free again', async (context) => {
    const { queue, startWorker } = context
    const [failed = ''] = await failedJobs(context, 1)
    const { id } = await queue.enqueue(step, { n: 1 }, { delay: '1h', unique: { key: 'k' } })
    assert.deepEqual([await queue.delete(failed), await queue.delete(id), await queue.delete(id)], [true, true, false])
    assert.equal((await queue.enqueue(step, { n: 1 }, { delay: '1h', unique: { key: 'k' } })).outcome, 'enqueued')
    let finish: () => void = () => undefined
    await startWorker([handle(other, () => new Promise<void>((resolve) => (finish = resolve)))])
    const running = await queue.enqueue(other, { name: 'x' })
    await until('the start', async () => (await queue.getRunningJobs()).length === 1)
    await assert.rejects(queue.delete(running.id), { code: 'JOB_STATE' })
    finish()
  }),
]

const bulk = [
  queueCase('bulk-cancel', 'has many jobs cancelled at once, running ones asked to end', async ({ queue, startWorker, ended }) => {
    let aborted = 0
    const wait = async (signal: AbortSignal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      aborted++
      throw signal.reason
    }
    await startWorker([handle(other, (_, { signal }) => wait(signal))])
    const running = await queue.enqueueMany(other, [{ name: 'a' }, { name: 'b' }])
    await until('two to run', async () => (await queue.getRunningJobs()).length === 2)
    await queue.enqueueMany(step, numbers(1_100), { queue: 'many' })
    await queue.enqueueMany(step, numbers(3), { delay: '1h', each: (_, n) => ({ unique: { key: `k${n}` } }) })
    const kept = await queue.enqueue(step, { n: 7 }, { queue: 'kept' })
    const answer = await queue.cancelJobs({ queue: ['default', 'many'] })
    assert.deepEqual(answer, { matched: 1_105, changed: 1_105, skipped: 0, requested: 2 })
    for (const { id } of running) assert.equal((await ended(id)).status, 'cancelled')
    assert.equal(aborted, 2)
    assert.equal((await queue.getJob(kept.id))?.status, 'pending')
    assert.equal((await queue.enqueue(step, { n: 1 }, { delay: '1h', unique: { key: 'k1' } })).outcome, 'enqueued')
    assert.deepEqual(await queue.cancelJobs({ ids: ids(running) }), { matched: 2, changed: 0, skipped: 2, requested: 0 })
  }),

  queueCase('bulk-retry', 'has failed jobs run again, and told which ones have lost their key', async (context) => {
    const { queue, startWorker } = context
    const plain = await failedJobs(context, 40)
    const cancelled = await queue.enqueue(step, { n: 1 }, { delay: '1h' })
    await queue.cancel(cancelled.id)
    const [held = '', free = ''] = await withKeys(context, ['held', 'free'])
    const holder = await queue.enqueue(step, { n: 1 }, { delay: '1h', unique: { key: 'held' } })
    const answer = await queue.retryJobs({ type: 'step' })
    assert.deepEqual(answer, { matched: 42, changed: 41, skipped: 0, keyHeld: 1, keyHeldIds: [held] })
    const { status, attempts, errors, uniqueKey } = (await queue.getJob(free)) ?? {}
    assert.deepEqual([status, attempts, errors?.length, uniqueKey], ['pending', 0, 1, 'step free'])
    const runs: number[] = []
    await startWorker([handle(step, ({ n }) => (runs.push(n), { n }))], { concurrency: 1 })
    await until('all to complete', async () => (await queue.stats()).byStatus.completed === 41)
    assert.deepEqual(
      runs.slice(0, 40),
      plain.map((_, n) => n),
      'those retried keep their order',
    )
    assert.deepEqual(await queue.retryJobs({ ids: [cancelled.id, holder.id, held] }), {
      ...{ matched: 3, changed: 1, skipped: 1, keyHeld: 1, keyHeldIds: [held] },
    })
  }),

  queueCase('bulk-update', 'has waiting jobs moved, and says which were past it', async (context) => {
    const { queue, startWorker } = context
    await failedJobs(context, 2)
    await queue.enqueueMany(step, numbers(600), { queue: 'from', delay: '1h' })
    const answer = await queue.updateJobs({ job: step, status: ['scheduled', 'failed'] }, { queue: 'to', priority: 8, delay: 0 })
    assert.deepEqual(answer, { matched: 602, changed: 600, skipped: 2 })
    const { counts } = await queue.stats({ by: ['queue', 'status', 'priority'], queue: ['to', 'from'] })
    assert.deepEqual(
      counts.map(({ oldestRunAt: _, ...count }) => count),
      [{ queue: 'to', status: 'pending', priority: 8, count: 600 }],
    )
    await startWorker([handle(step, ({ n }) => ({ n }))], { queues: ['to'] })
    await until('all to complete', async () => (await queue.stats()).byStatus.completed === 600)
  }),

  queueCase('bulk-delete', 'has jobs deleted that match and no other, as many as asked for', async (context) => {
    const { queue } = context
    await failedJobs(context, 3)
    await queue.enqueueMany(step, numbers(700), { groupKey: 'a' })
    await queue.enqueueMany(step, numbers(5), { groupKey: 'b' })
    assert.deepEqual(await queue.deleteJobs({ groupKey: 'a' }, { limit: 650 }), { matched: 650, changed: 650, skipped: 0 })
    const { jobs } = await queue.listJobs({ groupKey: 'a', status: 'pending', order: 'oldest' })
    assert.deepEqual(
      jobs.map(({ data }) => data),
      numbers(50),
      'the newest went first',
    )
    assert.deepEqual(await queue.deleteJobs({ status: [] }), { matched: 0, changed: 0, skipped: 0 })
    assert.deepEqual((await queue.stats()).byStatus, { ...none, pending: 55, failed: 3 })
    assert.deepEqual(await queue.deleteJobs({ all: true }), { matched: 58, changed: 58, skipped: 0 })
  }),

  queueCase('bulk-abort', 'stops a bulk call between batches when its signal is aborted', async ({ queue }) => {
    await queue.enqueueMany(step, numbers(10))
    const reason = new Error('enough')
    await assert.rejects(queue.deleteJobs({ all: true }, { signal: AbortSignal.abort(reason) }), reason)
    assert.equal((await queue.stats()).byStatus.pending, 10)
  }),
]

const none = { scheduled: 0, pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 }

const lists = [
  queueCase('lists', 'lists its jobs by status, by definition, and one after another', async (context) => {
    const { queue } = context
    const failed = await failedJobs(context, 3)
    const steps = ids(await queue.enqueueMany(step, numbers(250)))
    const named = await queue.enqueue(other, { name: 'x' }, { delay: '1h' })
    assert.deepEqual(ids(await queue.getFailedJobs()), failed.toReversed())
    assert.deepEqual(ids(await queue.getFailedJobs(2)), failed.toReversed().slice(0, 2))
    assert.deepEqual(ids(await queue.getPendingJobs(10)), steps.slice(0, 10))
    assert.equal((await queue.getPendingJobs()).length, 100)
    assert.deepEqual([await queue.getRunningJobs(), await queue.getCompletedJobs()], [[], []])
    const { jobs } = await queue.listJobs({ job: other })
    assert.deepEqual(
      jobs.map(({ id, data }) => [id, data.name]),
      [[named.id, 'x']],
    )
    const seen: string[] = []
    for await (const { id } of queue.iterateJobs({ job: step }, { order: 'oldest' })) seen.push(id)
    assert.deepEqual(seen, [...failed, ...steps])
    const newest: string[] = []
    for await (const { id } of queue.iterateJobs()) if (newest.push(id) === 101) break
    assert.deepEqual(newest, [named.id, ...steps.toReversed().slice(0, 100)])
    const aborted = queue.iterateJobs({}, { signal: AbortSignal.abort(new Error('enough')) })
    await assert.rejects(aborted.next(), /enough/)
  }),
]

/** Failed jobs that had these unique keys. */
async function withKeys(context: Parameters<typeof failedJobs>[0], keys: string[]): Promise<string[]> {
  const { queue, startWorker, ended } = context
  const worker = await startWorker([handle(step, () => Promise.reject(new Error('no')))])
  const jobs = await queue.enqueueMany(step, numbers(keys.length), { maxRetries: 0, each: (_, n) => ({ unique: { key: keys[n] ?? '' } }) })
  for (const { id } of jobs) await ended(id)
  await worker.stop()
  return ids(jobs)
}

export const operationCases = [...single, ...bulk, ...lists]
