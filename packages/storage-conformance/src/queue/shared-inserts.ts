import assert from 'node:assert/strict'
import { defineJob, JobQueue, typed, type JobStorage } from '@dbjobq/core'
import { StorageError } from '@dbjobq/core/storage'
import { queueCase } from './queue-case.js'

const note = defineJob({ type: 'note', data: typed<{ n: number; text?: string }>() })

/** The storage, with `insertJobs` watched or changed. */
function withInsert(storage: unknown, insertJobs: JobStorage['insertJobs']): JobStorage {
  return new Proxy(storage as JobStorage, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target)
      return name === 'insertJobs' ? insertJobs : typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

export const sharedInsertCases = [
  queueCase('shared-inserts', 'writes concurrent calls together, and answers each its own', async ({ openStorage }) => {
    const storage = (await openStorage()) as JobStorage
    const sizes: number[] = []
    const queue = new JobQueue(withInsert(storage, (jobs) => (sizes.push(jobs.length), storage.insertJobs(jobs))))
    await queue.ready()
    const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => queue.enqueue(note, { n }, { priority: n % 7 })))
    assert.ok(sizes.length <= 10, `200 concurrent calls took ${sizes.length} inserts`)
    for (const n of [0, 1, 99, 199]) {
      const job = await queue.getJob(answers[n]?.id ?? '')
      assert.deepEqual([job?.data, job?.priority], [{ n }, n % 7])
    }
    assert.equal((await queue.stats()).byStatus.pending, 200)
    sizes.length = 0
    const large = Array.from({ length: 10 }, (_, n) => queue.enqueue(note, { n, text: 'x'.repeat(1_000_000) }))
    await Promise.all(large)
    assert.ok(Math.max(...sizes) <= 4, `one insert carried ${Math.max(...sizes)} MB`)
    sizes.length = 0
    await Promise.all([queue.enqueue(note, { n: 1 }, { unique: { key: 'a' } }), queue.enqueue(note, { n: 2 }, { unique: { key: 'b' } })])
    assert.deepEqual(sizes, [1, 1], 'jobs with a key go alone')
  }),

  queueCase('shared-inserts-bad-neighbour', 'never has a bad job fail those that are written with it', async ({ openStorage }) => {
    const storage = (await openStorage()) as JobStorage
    const insert: JobStorage['insertJobs'] = (jobs) =>
      jobs.some(({ data }) => data.includes('poison'))
        ? Promise.reject(new StorageError('TOO_LARGE', 'Refused.', { retryable: false, applied: 'no' }))
        : storage.insertJobs(jobs)
    const queue = new JobQueue(withInsert(storage, insert))
    await queue.ready()
    const texts = ['a', 'b', 'poison', 'c', 'poison', 'd']
    const answers = await Promise.allSettled(texts.map((text, n) => queue.enqueue(note, { n, text })))
    assert.deepEqual(
      answers.map((answer) => (answer.status === 'rejected' ? (answer.reason as StorageError).code : 'enqueued')),
      ['enqueued', 'enqueued', 'TOO_LARGE', 'enqueued', 'TOO_LARGE', 'enqueued'],
    )
    assert.equal((await queue.stats()).byStatus.pending, 4)
  }),

  queueCase('shared-inserts-down', 'tells every caller when the storage cannot be used, without trying each', async ({ openStorage }) => {
    const storage = (await openStorage()) as JobStorage
    let calls = 0
    const down = new StorageError('UNAVAILABLE', 'Down.', { retryable: true, applied: 'unknown' })
    const queue = new JobQueue(withInsert(storage, () => (calls++, Promise.reject(down))))
    await queue.ready()
    const answers = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => queue.enqueue(note, { n })))
    assert.ok(answers.every((answer) => answer.status === 'rejected' && answer.reason === down))
    assert.ok(calls <= 10, `${calls} calls for 50 jobs`)
  }),

  queueCase('abort', 'writes nothing of a call that was aborted before it was sent', async ({ queue, openStorage }) => {
    const reason = new Error('no longer wanted')
    const aborted = AbortSignal.abort(reason)
    await assert.rejects(queue.enqueue(note, { n: 1 }, { signal: aborted }), reason)
    await assert.rejects(queue.enqueue(note, { n: 1 }, { signal: aborted, unique: { key: 'k' } }), reason)
    await assert.rejects(queue.enqueueMany(note, [{ n: 1 }], { signal: aborted }), reason)
    const storage = (await openStorage()) as JobStorage
    const controller = new AbortController()
    let sent = 0
    const slow = new JobQueue(
      withInsert(storage, async (jobs) => {
        sent += jobs.length
        // What is on its way goes on; what waits behind it is withdrawn.
        controller.abort(reason)
        return storage.insertJobs(jobs)
      }),
    )
    await slow.ready()
    const { signal } = controller
    const calls = Array.from({ length: 1_500 }, (_, n) => slow.enqueue(note, { n }, { signal }))
    const answers = await Promise.allSettled(calls)
    const enqueued = answers.filter(({ status }) => status === 'fulfilled')
    assert.ok(enqueued.length === sent && sent > 0 && sent < 1_500, `${enqueued.length} of ${sent} sent were answered`)
    assert.ok(answers.every((answer) => answer.status === 'fulfilled' || answer.reason === reason))
    assert.equal((await queue.stats()).byStatus.pending, sent)
  }),

  queueCase('abort-many', 'stops between the batches of a call that is aborted', async ({ queue, openStorage }) => {
    const storage = (await openStorage()) as JobStorage
    const controller = new AbortController()
    const reason = new Error('enough')
    const slow = new JobQueue(withInsert(storage, (jobs) => (controller.abort(reason), storage.insertJobs(jobs))))
    const data = Array.from({ length: 2_500 }, (_, n) => ({ n }))
    await assert.rejects(slow.enqueueMany(note, data, { signal: controller.signal }), reason)
    const { jobs } = await queue.listJobs({ order: 'newest', limit: 1 })
    assert.deepEqual([(await queue.stats()).byStatus.pending, jobs[0]?.data], [1_000, { n: 999 }])
  }),

  queueCase('close-writes', 'writes what was enqueued before it is closed', async ({ queue, openQueue }) => {
    const other = await openQueue()
    await other.ready()
    const calls = Array.from({ length: 30 }, (_, n) => other.enqueue(note, { n }))
    // They have been checked by then, and wait to be sent.
    await new Promise(setImmediate)
    await other.close()
    assert.equal((await Promise.all(calls)).length, 30)
    assert.equal((await queue.stats()).byStatus.pending, 30)
  }),

  queueCase('enqueue-sync-unsupported', 'refuses synchronous calls where it has none', async ({ queue, openStorage }) => {
    const sync = (await openStorage()).sync
    assert.throws(() => queue.enqueueSync(note, { n: 1 }, { tx: {} as never }), {
      // On a storage that has them the queue is not ready yet.
      code: sync ? 'QUEUE_NOT_READY' : 'UNSUPPORTED',
    })
    assert.deepEqual((await queue.listJobs()).jobs, [])
  }),
]
