import assert from 'node:assert/strict'
import { DbjobqError, handle, JobQueue } from '@dbjobq/core'
import { failedJobs } from './failed-jobs.js'
import { queueCase } from './queue-case.js'
import { step } from './step.js'
import { until } from './until.js'
import { watchedStorage } from './watched-storage.js'

const absent = '01890000-0000-7000-8000-000000000000'

/** What failed for good, and what can be done with it. */
export const deadLetterCases = [
  queueCase('dead-letters', 'lists its dead letters, the newest first, and has them run again or discarded', async (context) => {
    const { queue, startWorker, ended } = context
    const failed = await failedJobs(context, 5)
    await queue.enqueue(step, { n: 9 }, { delay: '1h' })
    const first = await queue.deadLetters.list({ limit: 3 })
    const second = await queue.deadLetters.list({ limit: 3, job: step, ...(first.next === null ? {} : { after: first.next }) })
    assert.deepEqual(
      [...first.jobs, ...second.jobs].map(({ id }) => id),
      failed.toReversed(),
    )
    assert.equal(second.next, null)
    const [one = '', two = ''] = failed
    await queue.deadLetters.retry(one)
    const again = await queue.getJob(one)
    assert.deepEqual([again?.status, again?.attempts, again?.errors[0]?.message, again?.finishedAt], ['pending', 0, 'no 0', null])
    assert.deepEqual([await queue.deadLetters.discard(two), await queue.deadLetters.discard(two)], [true, false])
    await startWorker([handle(step, ({ n }) => ({ n }))])
    const done = await ended(one)
    assert.deepEqual([done.status, done.attempts, done.errors.length], ['completed', 1, 1])
  }),

  queueCase('dead-letters-refused', 'takes nothing for a dead letter that did not fail', async ({ queue }) => {
    const { id } = await queue.enqueue(step, { n: 1 }, { delay: '1h' })
    await assert.rejects(queue.deadLetters.retry(id), { code: 'JOB_STATE' })
    await assert.rejects(queue.deadLetters.discard(id), { code: 'JOB_STATE' })
    await queue.cancel(id)
    await assert.rejects(queue.deadLetters.retry(id), { code: 'JOB_STATE' })
    await assert.rejects(queue.deadLetters.retry(absent), { code: 'JOB_NOT_FOUND' })
    assert.equal(await queue.deadLetters.discard(absent), false)
    assert.deepEqual(await queue.deadLetters.retryAll({ ids: [id] }), { matched: 0, changed: 0, skipped: 0, keyHeld: 0, keyHeldIds: [] })
    assert.equal((await queue.getJob(id))?.status, 'cancelled')
  }),

  queueCase('dead-letters-all', 'has all dead letters run again, or discarded, and nothing else', async (context) => {
    const { queue, startWorker } = context
    const failed = await failedJobs(context, 30)
    const waiting = await queue.enqueue(step, { n: 1 }, { delay: '1h' })
    const answer = await queue.deadLetters.retryAll({ job: step, ids: failed.slice(0, 10) })
    assert.deepEqual([answer.matched, answer.changed], [10, 10])
    assert.deepEqual(await queue.deadLetters.discardAll({ queue: ['other'] }), { matched: 0, changed: 0, skipped: 0 })
    assert.deepEqual(await queue.deadLetters.discardAll(undefined, { limit: 15 }), { matched: 15, changed: 15, skipped: 0 })
    assert.equal((await queue.deadLetters.retryAll()).changed, 5)
    await startWorker([handle(step, ({ n }) => ({ n }))])
    await until('15 completions', async () => (await queue.stats()).byStatus.completed === 15)
    assert.equal((await queue.getJob(waiting.id))?.status, 'scheduled')
  }),

  queueCase(
    'dead-letters-race',
    'never discards or deletes a job that another process had run again in the same moment',
    async (context) => {
      const { queue, openStorage } = context
      const [one = '', two = '', three = ''] = await failedJobs(context, 3)
      let retry: string | undefined
      const slow = watchedStorage(
        await openStorage(),
        () => undefined,
        async (member) => {
          const id = retry
          if (member !== 'findJobs' || id === undefined) return
          retry = undefined
          // It was read as failed, and its deletion is still to come.
          await queue.deadLetters.retry(id)
        },
      )
      const other = new JobQueue(slow)
      retry = one
      await assert.rejects(other.deadLetters.discard(one), { code: 'JOB_STATE' })
      retry = two
      assert.deepEqual(await other.deadLetters.discardAll({ ids: [two] }), { matched: 1, changed: 0, skipped: 1 })
      retry = three
      assert.deepEqual(await other.deleteJobs({ status: ['failed'], ids: [three] }), { matched: 1, changed: 0, skipped: 1 })
      for (const id of [one, two, three]) assert.equal((await queue.getJob(id))?.status, 'pending')
      assert.deepEqual(await other.deleteJobs({ ids: [one, two, three] }), { matched: 3, changed: 3, skipped: 0 })
    },
  ),

  queueCase('dead-letters-key', 'tells who holds the key of a dead letter', async ({ queue, startWorker, ended }) => {
    const worker = await startWorker([handle(step, () => Promise.reject(new Error('no')))])
    const unique = { key: 'order 7' }
    const { id } = await queue.enqueue(step, { n: 1 }, { maxRetries: 0, unique })
    await ended(id)
    await worker.stop()
    const holder = await queue.enqueue(step, { n: 2 }, { unique })
    const error = await queue.deadLetters.retry(id).catch((thrown: unknown) => thrown)
    assert.ok(DbjobqError.isInstance(error, 'UNIQUE_KEY_HELD'), String(error))
    assert.equal(error.holder, holder.id)
    assert.match(error.message, new RegExp(holder.id))
    assert.equal((await queue.getJob(id))?.status, 'failed')
    await queue.delete(holder.id)
    await queue.deadLetters.retry(id)
    assert.deepEqual((await queue.enqueue(step, { n: 3 }, { unique })).id, id)
  }),
]
