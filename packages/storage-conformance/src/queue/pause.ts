import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { handle, Worker } from '@dbjobq/core'
import { queueCase } from './queue-case.js'
import { step } from './step.js'
import { until } from './until.js'

const numbers = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))

/** How queues are paused, resumed and listed. */
export const pauseCases = [
  queueCase('pause', 'starts nothing more once it is paused, lets what runs end, and goes on when resumed', async (context) => {
    const { queue, startWorker, ended } = context
    let started = 0
    await startWorker([handle(step, async ({ n }) => (started++, await pause(5), { n }))], { concurrency: 2, queues: ['default', 'open'] })
    await queue.enqueueMany(step, numbers(2_000))
    await until('twenty starts', () => started >= 20)
    await queue.pauseQueue('default')
    const startedBefore = started
    const other = await queue.enqueue(step, { n: 1 }, { queue: 'open' })
    await ended(other.id)
    await until('the end of what runs', async () => (await queue.stats()).byStatus.running === 0)
    assert.equal(started, startedBefore + 1)
    const { completed, pending } = (await queue.stats()).byStatus
    assert.deepEqual([completed, pending], [started, 2_000 - (started - 1)])
    const { jobs } = await queue.listJobs({ status: ['pending'], limit: 1_000 })
    assert.ok(
      jobs.every(({ attempts }) => attempts === 0),
      'what was handed back is not counted',
    )
    await queue.deleteJobs({ status: ['pending'] }, { limit: pending - 10 })
    await queue.resumeQueue('default')
    await until('the rest', async () => (await queue.stats()).byStatus.completed === started && started === startedBefore + 11)
  }),

  queueCase('pause-idle', 'wakes an idle worker of this process when it is resumed', async ({ queue, startWorker, ended }) => {
    await queue.pauseQueue('default')
    await startWorker([handle(step, ({ n }) => ({ n }))], { poll: { min: '10m', max: '10m' } })
    const { id } = await queue.enqueue(step, { n: 1 })
    await pause(50)
    assert.equal((await queue.getJob(id))?.status, 'pending')
    await queue.resumeQueue('default')
    assert.equal((await ended(id)).status, 'completed')
  }),

  queueCase('pause-elsewhere', 'gets back within a beat what workers of other processes hold unstarted', async ({ queue, openQueue }) => {
    let slow = false
    let started = 0
    const job = handle(step, async ({ n }) => (started++, await pause(slow ? 400 : 0), { n }))
    const theirs = await openQueue()
    const worker = new Worker(theirs, { jobs: [job], concurrency: 1, lease: '3s', poll: { min: 20, max: 100 } })
    await worker.start()
    // No-op jobs teach the worker to hold many; then they turn slow.
    await queue.enqueueMany(step, numbers(300))
    await until('the first', async () => (await queue.stats()).byStatus.completed === 300)
    slow = true
    await queue.enqueueMany(step, numbers(40))
    await until('a slow one', () => started > 300)
    await queue.pauseQueue('default')
    await until('all to be handed back', async () => (await queue.stats()).byStatus.running === 0)
    assert.ok(started < 340, 'the worker ran all it held')
    await worker.stop()
  }),

  queueCase('queues', 'lists its queues with what is in them', async ({ queue }) => {
    assert.deepEqual(await queue.listQueues(), [])
    await queue.enqueueMany(step, numbers(3), { queue: 'b' })
    await queue.enqueue(step, { n: 1 }, { queue: 'a', delay: '1h' })
    await queue.pauseQueue('c')
    await queue.pauseQueue('b')
    const [a, b, c, ...others] = await queue.listQueues()
    assert.deepEqual([a?.name, b?.name, c?.name, others], ['a', 'b', 'c', []])
    assert.deepEqual([a?.pausedAt, a?.byStatus.scheduled, a?.oldestWaiting, a?.complete], [null, 1, null, true])
    assert.deepEqual([b?.byStatus.pending, c?.byStatus.pending], [3, 0])
    const [first] = await queue.getPendingJobs()
    assert.deepEqual(b?.oldestWaiting, first?.runAt)
    const since = b?.pausedAt
    assert.ok(since instanceof Date && Math.abs(since.getTime() - Date.now()) < 60_000)
    await queue.pauseQueue('b')
    assert.deepEqual((await queue.listQueues())[1]?.pausedAt, since, 'paused again it keeps its time')
    await queue.resumeQueue('b')
    await queue.resumeQueue('b')
    assert.equal((await queue.listQueues())[1]?.pausedAt, null)
    assert.equal((await queue.listQueues({ scanLimit: 2 }))[1]?.complete, false)
  }),
]
