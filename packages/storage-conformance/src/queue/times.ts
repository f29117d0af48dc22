import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { defineJob, handle, JobQueue, typed, Worker } from '@dbjobq/core'
import { claimRequest } from '../factories.js'
import { queueCase } from './queue-case.js'
import { ticksOf } from './schedules/times.js'
import { step } from './step.js'
import { until } from './until.js'
import { watchedStorage } from './watched-storage.js'

const minute = 60_000

/** Runs `work` while the clock of this process is `skew` ms off. */
async function withWrongClock(skew: number, work: () => Promise<void>): Promise<void> {
  const real = Date.now
  Date.now = () => real() + skew
  try {
    await work()
  } finally {
    Date.now = real
  }
}

/** Clocks that are wrong, and times that are far. */
export const timeCases = [
  queueCase(
    'clock-wrong',
    'has nothing run early, rescued falsely or ticked wrongly by a worker whose clock is wrong',
    async ({ queue, openStorage, openQueue, ended }) => {
      const storage = await openStorage()
      const live = await queue.enqueue(step, { n: 0 }, { queue: 'live' })
      const now = await storage.serverTime()
      await storage.heartbeat({ workerId: 'live', info: '{}', now, leaseUntil: now + 10 * minute, first: true })
      await storage.claimJobs(claimRequest({ workerId: 'live', queues: [{ name: 'live', limit: 1 }] }))
      for (const skew of [-10 * minute, 60 * minute]) {
        await withWrongClock(skew, async () => {
          const own = await openQueue()
          let ranAt = 0
          const handler = handle(step, ({ n }) => {
            if (n === 1) ranAt = performance.now()
            return { n }
          })
          await using worker = new Worker(own, { jobs: [handler], lease: '3s', poll: { min: 20, max: 100 } })
          await worker.start()
          const id = `s${skew}`
          const enqueuedAt = performance.now()
          const delayed = await own.enqueue(step, { n: 1 }, { delay: 700 })
          await own.schedules.upsert(id, { job: step, data: { n: 2 }, every: '1s', missed: 'all' })
          await ended(delayed.id)
          assert.ok(ranAt - enqueuedAt >= 690, `with the clock ${skew} ms off it ran after ${ranAt - enqueuedAt} ms`)
          await until('two ticks', async () => (await ticksOf(queue, id)).length >= 2)
          await own.schedules.delete(id)
          const [first = 0, second = 0] = await ticksOf(queue, id)
          assert.equal(second - first, 1_000)
          assert.equal(worker.status().counters.rescued, 0)
        })
      }
      assert.equal((await queue.getJob(live.id))?.status, 'running')
    },
    ['processes'],
  ),

  queueCase(
    'far-future',
    'keeps jobs and schedules of times that no timer holds, without running them or looking for them all the time',
    async ({ openStorage, ended }) => {
      let calls = 0
      const queue = new JobQueue(watchedStorage(await openStorage(), () => calls++))
      const patient = defineJob({ type: 'patient', data: typed<null>(), timeout: '60d' })
      let runs = 0
      const jobs = [handle(step, ({ n }) => (runs++, { n })), handle(patient, (_, { signal }) => pause(50, undefined, { signal }))]
      await using worker = new Worker(queue, { jobs, poll: { min: '1m', max: '1m' } })
      await worker.start()
      const lastDay = new Date(253_402_300_799_999)
      const last = await queue.enqueue(step, { n: 1 }, { runAt: lastDay })
      const sixtyDays = await queue.enqueue(step, { n: 2 }, { delay: '60d' })
      await queue.schedules.upsert('s', { job: step, data: { n: 3 }, every: '60d' })
      assert.equal((await ended((await queue.enqueue(patient, null)).id)).status, 'completed')
      const before = calls
      await pause(1_500)
      assert.ok(calls - before < 30, `${calls - before} calls in 1.5 s`)
      assert.equal(runs, 0)
      assert.deepEqual((await queue.getJob(last.id))?.runAt, lastDay)
      assert.equal((await queue.getJob(sixtyDays.id))?.status, 'scheduled')
    },
  ),
]
