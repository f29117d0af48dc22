import assert from 'node:assert/strict'
import { defineJob, handle, JobQueue, typed, Worker } from '@dbjobq/core'
import type { ClaimRequest } from '@dbjobq/core/storage'
import { startPoisoned } from '../poisoned-process.js'
import { queueCase } from './queue-case.js'
import { step } from './step.js'
import { until } from './until.js'
import { watchedStorage } from './watched-storage.js'

/** Workers of two versions side by side, and jobs that kill theirs. */
export const deployCases = [
  queueCase(
    'deploys-foreign-head',
    'has the jobs that an old worker knows run by it, past any number of better ones that only new workers know',
    async ({ queue, openStorage, openQueue }) => {
      const added = defineJob({ type: 'added', data: typed<null>(), priority: 10 })
      const claims: ClaimRequest[] = []
      const storage = watchedStorage(await openStorage(), (member, args) => {
        if (member === 'claimJobs') claims.push(args[0] as ClaimRequest)
      })
      await queue.enqueueMany(
        added,
        Array.from({ length: 200 }, () => null),
      )
      await queue.enqueueMany(
        step,
        Array.from({ length: 20 }, (_, n) => ({ n })),
      )
      const old = new Worker(new JobQueue(storage), { jobs: [handle(step, ({ n }) => ({ n }))], poll: { min: 20, max: 100 } })
      await old.start()
      const completed = async (type: string) => (await queue.stats({ type: [type] })).byStatus.completed
      await until('all that it knows', async () => (await completed('step')) === 20)
      await until('the others to be given back', async () => (await queue.stats()).byStatus.running === 0)
      assert.ok(
        (await queue.listJobs({ type: ['added'], limit: 200 })).jobs.every(({ attempts, errors }) => attempts === 0 && errors.length === 0),
      )
      const types = claims.map(({ queues }) => queues[0]?.types)
      assert.equal(types[0], undefined)
      assert.deepEqual(types.at(-1), ['step'])
      const jobs = [handle(added, () => undefined), handle(step, ({ n }) => ({ n }))]
      await using fresh = new Worker(await openQueue(), { jobs, poll: { min: 20, max: 100 } })
      await fresh.start()
      await until('the added ones', async () => (await completed('added')) === 200)
      assert.ok((await queue.listJobs({ type: ['added'], limit: 200 })).jobs.every(({ attempts }) => attempts === 1))
      await old.stop()
    },
  ),

  queueCase(
    'deploys-schema-too-new',
    'starts no worker of older code on a newer schema, says why, and loses nothing of what is there',
    async ({ queue, openQueue, openStorage, subject, startWorker, ended }) => {
      const { wanted } = (await (await openStorage()).describe()).schema
      const { id } = await queue.enqueue(step, { n: 1 })
      await subject.setSchemaVersion?.(wanted + 1)
      const older = await openQueue()
      const worker = new Worker(older, { jobs: [handle(step, ({ n }) => ({ n }))] })
      const tooNew = { code: 'SCHEMA_TOO_NEW', message: /\w+.*[.]$/s }
      await assert.rejects(worker.start(), tooNew)
      await assert.rejects(older.enqueue(step, { n: 2 }), tooNew)
      await subject.setSchemaVersion?.(wanted)
      await startWorker([handle(step, ({ n }) => ({ n }))])
      assert.equal((await ended(id)).status, 'completed')
    },
    ['schema-version'],
  ),

  queueCase(
    'deploys-poison',
    'has a job that kills its process each time ended after at most maxRetries + 2 crashes, and its neighbours uncharged',
    async ({ queue, openStorage, subject, startWorker, ended }) => {
      const storage = await openStorage()
      const module = subject.module ?? assert.fail()
      const maxRetries = 1
      const quick = Array.from({ length: 20 }, () => ({ n: 1 }))
      // They run first and show that handlers are quick, so that the worker takes the others ahead.
      await queue.enqueueMany(step, quick, { each: () => ({ priority: 10 }) })
      const { id } = await queue.enqueue(step, { n: 0 }, { maxRetries, priority: 8 })
      const neighbours = await queue.enqueueMany(step, quick)
      let crashes = 0
      let mostBuffered = 0
      const hasFailed = async () => (await queue.getJob(id))?.status === 'failed'
      while (!(await hasFailed()) && crashes < maxRetries + 5) {
        const child = startPoisoned(module)
        if (await child.diedBefore(hasFailed)) crashes++
        mostBuffered = Math.max(mostBuffered, (await queue.listJobs({ status: ['running'] })).jobs.length)
        // Its lease has run out, as it would have by waiting.
        const now = await storage.serverTime()
        for (const { id: workerId } of await storage.findWorkers())
          await storage.heartbeat({ workerId, info: '', now, leaseUntil: now, first: false })
      }
      const job = await ended(id)
      assert.deepEqual([job.status, job.errors.at(-1)?.code], ['failed', 'WORKER_LOST'])
      assert.ok(crashes >= 1 && crashes <= maxRetries + 2, `${crashes} crashes`)
      assert.ok(mostBuffered > 1, 'no neighbour was ever held by a worker that died')
      await startWorker([handle(step, ({ n }) => ({ n }))])
      for (const { id: neighbour } of neighbours) {
        const { status, attempts } = await ended(neighbour)
        assert.deepEqual([status, attempts], ['completed', 1])
      }
    },
    ['processes'],
  ),
]
