import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { handle, JobQueue, Worker } from '@dbjobq/core'
import { queueCase } from './queue-case.js'
import { step } from './step.js'
import { until } from './until.js'
import { watchedStorage } from './watched-storage.js'

const lease = 3_000

/** How long a worker may trust its lease. */
export const leaseCases = [
  queueCase(
    'lease-slow-beat',
    'has jobs given up a lease after the last beat was sent by a worker whose beats are written and answered late',
    async ({ queue, openStorage, ended }) => {
      let isSlow = false
      let sentAt = 0
      let trustedFrom = 0
      const storage = watchedStorage(
        await openStorage(),
        (member) => {
          if (member === 'heartbeat') sentAt = performance.now()
        },
        async (member) => {
          if (member !== 'heartbeat') return
          const from = sentAt
          // The next one is sent before the lease ends, and answered after it.
          if (isSlow) await pause((lease * 2) / 3)
          trustedFrom = from
        },
      )
      let runs = 0
      let trusted = 0
      const handler = handle(step, async ({ n }, { signal }) => {
        if (++runs > 1) return { n }
        isSlow = true
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        trusted = performance.now() - trustedFrom
        isSlow = false
        return { n: -1 }
      })
      await using worker = new Worker(new JobQueue(storage), { jobs: [handler], lease, poll: { min: 20, max: 100 } })
      const lost: string[] = []
      worker.on('leaseLost', ({ id }) => lost.push(id))
      await worker.start()
      const { id } = await queue.enqueue(step, { n: 1 })
      await until('the lease to run out', () => trusted > 0)
      // A timer comes late where the machine is busy; two seconds late the job would be another's.
      assert.ok(trusted > lease - 100 && trusted < lease + 2_000, `given up ${trusted} ms after the last beat that was answered was sent`)
      assert.deepEqual([(await ended(id)).result, lost], [{ n: 1 }, [id]])
    },
  ),

  queueCase(
    'stop-keeps-lease',
    'leaves the jobs of a worker that drains to it, for longer than its lease',
    async ({ queue, openQueue, startWorker, ended }) => {
      let runs = 0
      const handler = handle(step, async ({ n }) => (runs++, await pause(lease + 3_500), { n }))
      const draining = await startWorker([handler], { lease })
      const { id } = await queue.enqueue(step, { n: 1 })
      await until('the start', () => runs === 1)
      const stopped = draining.stop()
      await using other = new Worker(await openQueue(), { jobs: [handler], lease, poll: { min: 20, max: 100 } })
      await other.start()
      await stopped
      const job = await ended(id)
      assert.deepEqual([job.status, job.attempts, job.errors, runs], ['completed', 1, [], 1])
      assert.equal(other.status().counters.rescued, 0)
    },
  ),
]
