import assert from 'node:assert/strict'
import { defineJob, typed, type JobQueue } from '@dbjobq/core'
import { queueCase } from './queue-case.js'

const note = defineJob({ type: 'note', data: typed<{ text: string }>(), maxRetries: 5, priority: 8, queue: 'notes' })

export const enqueueCases = [
  queueCase('enqueue-and-get', 'brings back a job as it was enqueued', async ({ queue }) => {
    const before = Date.now()
    const { id, outcome } = await queue.enqueue(note, { text: 'NUL \u0000, lone surrogate \ud800, 🙂' }, { groupKey: 'tenant-1' })
    assert.equal(outcome, 'enqueued')
    const job = await queue.getJob(id)
    assert.ok(job)
    assert.deepEqual(job.data, { text: 'NUL \u0000, lone surrogate \ud800, 🙂' })
    assert.deepEqual(
      [job.type, job.queue, job.status, job.priority, job.maxRetries, job.attempts, job.groupKey],
      ['note', 'notes', 'pending', 8, 5, 0, 'tenant-1'],
    )
    assert.ok(Math.abs(job.createdAt.getTime() - before) < 60_000)
    assert.equal(await queue.getJob('01890000-0000-7000-8000-000000000000'), null)
  }),

  queueCase('enqueue-many', 'takes 2,500 jobs in one call, in order, with options for each', async ({ queue }) => {
    const data = Array.from({ length: 2_500 }, (_, index) => ({ text: `${index}` }))
    const answers = await queue.enqueueMany(note, data, {
      priority: 1,
      each: ({ text }) => ({ unique: { key: `${Number(text) % 2_000}` } }),
    })
    assert.deepEqual(
      answers.map(({ outcome }) => outcome),
      data.map((_, index) => (index < 2_000 ? 'enqueued' : 'duplicate')),
    )
    assert.equal(answers[2_000]?.id, answers[0]?.id)
    assert.equal((await queue.stats()).byStatus.pending, 2_000)
    assert.deepEqual((await queue.getJob(answers[7]?.id ?? ''))?.data, { text: '7' })
  }),

  queueCase('unique', 'answers the job that holds a unique key, for its type only', async ({ queue }) => {
    const other = defineJob({ type: 'other', data: typed<null>() })
    const first = await queue.enqueue(note, { text: 'a' }, { unique: { key: 'k é'.repeat(100) } })
    const second = await queue.enqueue(note, { text: 'b' }, { unique: { key: 'k é'.repeat(100) } })
    assert.deepEqual(second, { id: first.id, outcome: 'duplicate' })
    assert.equal((await queue.enqueue(other, null, { unique: { key: 'k é'.repeat(100) } })).outcome, 'enqueued')
  }),

  queueCase('list-jobs', 'lists jobs by filter, page by page, in both orders', async ({ queue }) => {
    const all = await queue.enqueueMany(
      note,
      Array.from({ length: 25 }, (_, index) => ({ text: `${index}` })),
    )
    const ids = all.map(({ id }) => id)
    assert.deepEqual(await listAll(queue, 'oldest'), ids)
    assert.deepEqual(await listAll(queue, 'newest'), [...ids].reverse())
    assert.deepEqual((await queue.listJobs({ status: ['completed'] })).jobs, [])
    assert.deepEqual((await queue.listJobs({ queue: ['notes'], type: ['note'], ids: ids.slice(0, 2) })).jobs.length, 2)
  }),

  queueCase('stats', 'counts jobs by status and by what is asked', async ({ queue }) => {
    await queue.enqueueMany(note, [{ text: '1' }, { text: '2' }])
    await queue.enqueue(note, { text: 'later' }, { delay: '1h', queue: 'slow' })
    const stats = await queue.stats({ by: ['queue'] })
    assert.equal(stats.complete, true)
    assert.deepEqual([stats.byStatus.pending, stats.byStatus.scheduled, stats.byStatus.failed], [2, 1, 0])
    const counts = stats.counts.map(({ queue: name, count }) => [name, count]).sort()
    assert.deepEqual(counts, [
      ['notes', 2],
      ['slow', 1],
    ])
    assert.equal((await queue.stats({ scanLimit: 1 })).complete, false)
  }),

  queueCase('cancel-waiting', 'cancels a job that waits, and frees its key', async ({ queue }) => {
    const { id } = await queue.enqueue(note, { text: 'x' }, { delay: '1h', unique: { key: 'k' } })
    assert.equal(await queue.cancel(id), 'cancelled')
    assert.equal(await queue.cancel(id), 'finished')
    const job = await queue.getJob(id)
    assert.deepEqual([job?.status, job?.uniqueKey, job?.finishedAt instanceof Date], ['cancelled', null, true])
    assert.equal((await queue.enqueue(note, { text: 'y' }, { unique: { key: 'k' } })).outcome, 'enqueued')
  }),

  queueCase('retry', 'retries a cancelled job under its key, unless another holds it', async ({ queue }) => {
    const { id } = await queue.enqueue(note, { text: 'x' }, { unique: { key: 'k' } })
    await assert.rejects(queue.retry(id), { code: 'JOB_STATE' })
    await queue.cancel(id)
    const { id: holder } = await queue.enqueue(note, { text: 'y' }, { unique: { key: 'k' } })
    await assert.rejects(queue.retry(id), { code: 'UNIQUE_KEY_HELD' })
    await queue.cancel(holder)
    await queue.retry(id)
    const job = await queue.getJob(id)
    assert.deepEqual([job?.status, job?.attempts, job?.finishedAt, job?.deleteAt], ['pending', 0, null, null])
    assert.equal((await queue.enqueue(note, { text: 'z' }, { unique: { key: 'k' } })).id, id)
  }),

  queueCase('migrate-again', 'is migrated again without harm, and tells when it never was', async ({ queue, openQueue }) => {
    const { id } = await queue.enqueue(note, { text: 'x' })
    assert.ok((await queue.migrate()).every(({ applied }) => applied))
    assert.ok(await queue.getJob(id))
    await queue.migrate({ to: 0 })
    const other = await openQueue()
    await assert.rejects(other.enqueue(note, { text: 'x' }), { code: 'SCHEMA_OUTDATED' })
    await assert.rejects(queue.getJob(id), { code: 'SCHEMA_OUTDATED' })
    await other.migrate()
    assert.equal(await queue.getJob(id), null)
  }),

  queueCase('closed', 'refuses calls after close', async ({ openQueue }) => {
    const queue = await openQueue()
    await queue.enqueue(note, { text: 'x' })
    await queue.close()
    await queue.close()
    await assert.rejects(queue.enqueue(note, { text: 'x' }), { code: 'QUEUE_CLOSED' })
  }),
]

async function listAll(queue: JobQueue, order: 'oldest' | 'newest'): Promise<string[]> {
  const ids: string[] = []
  for (let after: string | null | undefined; after !== null;) {
    const page = await queue.listJobs({ order, limit: 10, ...(after === undefined ? {} : { after }) })
    ids.push(...page.jobs.map(({ id }) => id))
    after = page.next
  }
  return ids
}
