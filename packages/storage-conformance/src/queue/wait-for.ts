import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { DbjobqError, defineJob, handle, PermanentError, typed, Worker } from '@dbjobq/core'
import { queueCase } from './queue-case.js'
import { step } from './step.js'
import { until } from './until.js'

const quiet = defineJob({ type: 'quiet', data: typed<null>() })
const absent = '01890000-0000-7000-8000-000000000000'

/** How callers wait for the end of jobs. */
export const waitForCases = [
  queueCase('wait-for', 'answers the result of a job to whoever waits for it', async ({ queue, startWorker }) => {
    await startWorker([handle(step, ({ n }) => ({ n: n * 2 })), handle(quiet, () => undefined)])
    const enqueued = await queue.enqueue(step, { n: 21 })
    assert.deepEqual(await queue.waitFor(enqueued), { n: 42 })
    assert.deepEqual(await queue.waitFor(enqueued.id, { job: step }), { n: 42 }, 'also long after')
    assert.deepEqual(await Promise.all([queue.waitFor(await queue.enqueue(quiet, null))]), [undefined])
    const many = await queue.enqueueMany(
      step,
      Array.from({ length: 1_200 }, (_, n) => ({ n })),
    )
    const results = await Promise.all(many.map((one) => queue.waitFor(one)))
    assert.deepEqual(
      results,
      many.map((_, n) => ({ n: n * 2 })),
    )
  }),

  queueCase('wait-for-failure', 'tells who waits why there is no result', async ({ queue, startWorker }) => {
    await startWorker([
      handle(step, () => {
        throw Object.assign(new PermanentError('address refused'), { code: 'E400' })
      }),
    ])
    const error = await queue.waitFor(await queue.enqueue(step, { n: 1 })).catch((thrown: unknown) => thrown)
    assert.ok(DbjobqError.isInstance(error, 'JOB_FAILED'), String(error))
    assert.match(error.message, /address refused/)
    const { name, message, code } = error.cause as Error & { code?: string }
    assert.deepEqual([name, message, code], ['PermanentError', 'address refused', 'E400'])
    const cancelled = await queue.enqueue(step, { n: 1 }, { delay: '1h' })
    const waits = assert.rejects(queue.waitFor(cancelled), { code: 'JOB_CANCELLED' })
    await queue.cancel(cancelled.id)
    await waits
    const deleted = await queue.enqueue(step, { n: 1 }, { delay: '1h' })
    const waitsToo = assert.rejects(queue.waitFor(deleted), { code: 'JOB_NOT_FOUND' })
    await queue.delete(deleted.id)
    await waitsToo
    await assert.rejects(queue.waitFor(absent), { code: 'JOB_NOT_FOUND' })
    await assert.rejects(queue.waitFor(deleted.id, { job: quiet }), { code: 'JOB_NOT_FOUND' })
    await assert.rejects(queue.waitFor(cancelled.id, { job: quiet }), { code: 'INVALID_OPTION' })
  }),

  queueCase('wait-for-limits', 'lets go of who has waited long enough; the job goes on', async ({ queue, startWorker, ended }) => {
    const job = await queue.enqueue(step, { n: 1 })
    await assert.rejects(queue.waitFor(job, { timeout: 100 }), { code: 'WAIT_TIMEOUT' })
    const reason = new Error('gone')
    const controller = new AbortController()
    const waits = assert.rejects(queue.waitFor(job, { signal: controller.signal }), reason)
    await pause(50)
    controller.abort(reason)
    await waits
    await assert.rejects(queue.waitFor(job, { signal: controller.signal }), reason)
    await startWorker([handle(step, ({ n }) => ({ n }))])
    assert.equal((await ended(job.id)).status, 'completed')
  }),

  queueCase('wait-for-elsewhere', 'answers what a worker of another process did, and many waits at once', async ({ openQueue }) => {
    const [ours, theirs] = await Promise.all([openQueue(), openQueue()])
    const worker = new Worker(theirs, { jobs: [handle(step, ({ n }) => ({ n }))], poll: { min: 20, max: 100 } })
    const waits = Promise.all(Array.from({ length: 20 }, async (_, n) => ours.waitFor(await ours.enqueue(step, { n }), { timeout: '50s' })))
    await worker.start()
    assert.deepEqual(
      await waits,
      Array.from({ length: 20 }, (_, n) => ({ n })),
    )
    await worker.stop()
  }),

  queueCase('wait-for-close', 'turns away who waits when the queue is closed', async ({ openQueue }) => {
    const queue = await openQueue()
    const job = await queue.enqueue(step, { n: 1 }, { delay: '1h' })
    let isWaiting = true
    const waits = assert.rejects(queue.waitFor(job), { code: 'QUEUE_CLOSED' }).finally(() => (isWaiting = false))
    await pause(20)
    await queue.close()
    await until('the wait to end', () => !isWaiting)
    await waits
    await assert.rejects(queue.waitFor(job), { code: 'QUEUE_CLOSED' })
  }),
]
