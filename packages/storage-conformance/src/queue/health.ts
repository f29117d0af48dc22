import assert from 'node:assert/strict'
import { handle, type Health } from '@dbjobq/core'
import type { JobRow } from '@dbjobq/core/storage'
import { failedJobs } from './failed-jobs.js'
import { queueCase } from './queue-case.js'
import { step } from './step.js'

const found = ({ status, reasons }: Health) => [status, reasons.map((reason) => `${reason.code} ${reason.status} ${reason.value}`)]

/** What a queue says of its own state. */
export const healthCases = [
  queueCase('health', 'is healthy when nothing is wrong', async ({ queue, startWorker, ended }) => {
    assert.deepEqual(found(await queue.health()), ['healthy', []])
    await startWorker([handle(step, ({ n }) => ({ n }))])
    await ended((await queue.enqueue(step, { n: 1 })).id)
    await queue.enqueue(step, { n: 1 }, { delay: '1h' })
    const health = await queue.health()
    assert.deepEqual(found(health), ['healthy', []])
    assert.ok(Math.abs(health.checkedAt.getTime() - Date.now()) < 60_000)
  }),

  queueCase('health-waiting', 'says when due jobs wait too long, and when nobody is there to run them', async ({ queue }) => {
    const old = new Date(Date.now() - 120_000)
    await queue.enqueue(step, { n: 1 }, { queue: 'slow', runAt: old })
    await queue.enqueue(step, { n: 2 }, { queue: 'fresh' })
    const { status, reasons } = await queue.health()
    assert.deepEqual(
      [status, reasons.map(({ code, queue: name }) => [code, name])],
      [
        'degraded',
        [
          ['JOBS_WAIT', 'slow'],
          ['NO_WORKER', undefined],
        ],
      ],
    )
    const [waiting, unserved] = reasons
    assert.ok((waiting?.value ?? 0) >= 60_000 && waiting?.threshold === 60_000, JSON.stringify(waiting))
    assert.deepEqual([unserved?.value, unserved?.threshold], [2, 1])
    assert.equal((await queue.health({ waiting: { unhealthy: '90s' } })).status, 'unhealthy')
    assert.deepEqual(found(await queue.health({ waiting: { degraded: false }, unserved: { degraded: 3 } })), ['healthy', []])
    await queue.pauseQueue('slow')
    await queue.pauseQueue('fresh')
    assert.deepEqual(found(await queue.health()), ['healthy', []])
  }),

  queueCase('health-failed', 'says when many jobs have failed', async (context) => {
    await failedJobs(context, 4)
    assert.deepEqual(found(await context.queue.health()), ['healthy', []])
    const health = await context.queue.health({ failed: { degraded: 3, unhealthy: 5 } })
    assert.deepEqual(found(health), ['degraded', ['JOBS_FAILED degraded 4']])
  }),

  queueCase('health-orphans', 'says when jobs run on workers that are gone', async ({ queue, openStorage }) => {
    await queue.enqueueMany(step, [{ n: 1 }, { n: 2 }])
    const storage = await openStorage()
    const long = Date.now() - 100_000
    await storage.heartbeat({ workerId: 'dead', info: '', now: long, leaseUntil: long + 50_000, first: true })
    const queues = [{ name: 'default', limit: 10 }]
    const { jobs }: { jobs: JobRow[] } = await storage.claimJobs({ claimId: 'c', workerId: 'dead', limit: 10, queues })
    assert.equal(jobs.length, 2)
    assert.deepEqual(found(await queue.health()), ['degraded', ['JOBS_ORPHANED degraded 2']])
    assert.deepEqual(found(await queue.health({ orphaned: { unhealthy: 2 } })), ['unhealthy', ['JOBS_ORPHANED unhealthy 2']])
  }),

  queueCase('health-database', 'is unhealthy, and says so, when its database cannot be used', async ({ openQueue, openStorage }) => {
    const queue = await openQueue()
    await queue.migrate({ to: 0 })
    assert.deepEqual(found(await queue.health()), ['unhealthy', ['SCHEMA_OUTDATED unhealthy 1']])
    await queue.migrate()
    assert.deepEqual(found(await queue.health()), ['healthy', []])
    await (await openStorage()).migrate({ to: 0 })
    assert.deepEqual(found(await queue.health()), ['unhealthy', ['SCHEMA_OUTDATED unhealthy 1']], 'also when it was fine before')
    await queue.migrate()
    assert.deepEqual(found(await queue.health()), ['healthy', []])
    await queue.close()
    await assert.rejects(queue.health(), { code: 'QUEUE_CLOSED' })
  }),
]
