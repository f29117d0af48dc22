import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { defineJob, handle, JobQueue, StorageError, typed, Worker, type JobContext, type JobStorage } from '@dbjobq/core'
import type { AnyStorage } from '../../case.js'
import { queueCase } from '../queue-case.js'
import { step } from '../step.js'
import { until } from '../until.js'
import { jobsOf, setDue, ticksOf } from './times.js'
import { withMember } from './with-member.js'

const noted = handle(step, ({ n }) => ({ n }))
const lost = (applied: 'no' | 'unknown') => new StorageError('UNAVAILABLE', 'the connection was lost', { retryable: true, applied })

/** Of its writes of schedules one is lost on the way, of the next one the answer, and the third is well; and so on. */
function withFaults(storage: AnyStorage): AnyStorage {
  let calls = 0
  return withMember(storage, 'putState', (putState) => async (...args) => {
    const call = calls++ % 3
    if (call === 0) throw lost('no')
    const answer = await putState(...args)
    if (call === 1) throw lost('unknown')
    return answer
  })
}

/** Every second from the first one, none missing and none twice. */
function assertEverySecond(ticks: number[]): void {
  const first = ticks[0] ?? 0
  assert.deepEqual(
    ticks.map((tick) => (tick - first) / 1_000),
    ticks.map((_, index) => index),
  )
}

/** Who enqueues for schedules, and that each tick comes once. */
export const tickCases = [
  queueCase(
    'schedules-tick-once',
    'has one job a tick of ten workers that race for it, one of them failing between its steps',
    async ({ queue, openStorage }) => {
      let late = 0
      const queues = await Promise.all(
        Array.from({ length: 5 }, async (_, index) => {
          const storage = index === 0 ? withFaults(await openStorage()) : await openStorage()
          // All have read the schedule before the first one moves it on.
          const slow = withMember(storage, 'findStates', (findStates) => async (...args) => {
            const states = await findStates(...args)
            await pause(20)
            return states
          })
          const counted = withMember(slow, 'putState', (putState) => async (...args) => {
            const isWritten = await putState(...args)
            if (!isWritten) late++
            return isWritten
          })
          return new JobQueue(counted as JobStorage)
        }),
      )
      const workers = [...queues, ...queues].map((each) => new Worker(each, { jobs: [noted], poll: { min: 100, max: 1_000 } }))
      for (const worker of workers) worker.on('trouble', () => undefined)
      try {
        await queue.schedules.upsert('s', { job: step, data: { n: 1 }, cron: '* * * * * *', missed: 'all' })
        await Promise.all(workers.map((worker) => worker.start()))
        await until('8 ticks', async () => (await ticksOf(queue, 's')).length >= 8)
      } finally {
        await Promise.all(workers.map((worker) => worker.stop()))
      }
      assertEverySecond(await ticksOf(queue, 's'))
      assert.ok(late > 10, `only ${late} came too late: they did not race`)
    },
  ),

  queueCase('schedules-killed', 'has one job a tick whichever step a lone worker fails at', async ({ queue, openStorage }) => {
    await queue.schedules.upsert('s', { job: step, data: { n: 1 }, every: '1s', missed: 'all' })
    const troubles: string[] = []
    const worker = new Worker(new JobQueue(withFaults(await openStorage()) as JobStorage), { jobs: [noted] })
    worker.on('trouble', ({ during }) => troubles.push(during))
    await worker.start()
    try {
      await until('5 ticks', async () => (await ticksOf(queue, 's')).length >= 5)
    } finally {
      await worker.stop()
    }
    assertEverySecond(await ticksOf(queue, 's'))
    assert.ok(troubles.length >= 2 && troubles.every((during) => during === 'schedules'), troubles.join())
  }),

  queueCase(
    'schedules-change-while-ticking',
    'loses neither a tick nor a change when both come at once',
    async ({ queue, openQueue, startWorker }) => {
      const definition = (n: number) => ({ job: step, data: { n }, every: '1s', missed: 'all' }) as const
      await queue.schedules.upsert('s', definition(0))
      await startWorker([noted])
      const other = await openQueue()
      let n = 0
      await until('4 ticks', async () => {
        await other.schedules.upsert('s', definition(++n))
        return (await ticksOf(queue, 's')).length >= 4
      })
      assertEverySecond(await ticksOf(queue, 's'))
      assert.deepEqual((await queue.schedules.get('s'))?.data, { n })
    },
  ),

  queueCase(
    'schedules-context',
    'tells a handler its schedule and tick, whoever enqueued it, in its queue',
    async ({ queue, startWorker, ended, openStorage }) => {
      const report = defineJob({ type: 'report', data: typed<null>(), queue: 'reports', maxRetries: 1, backoff: { delay: 10 } })
      const { nextTick } = await queue.schedules.upsert('s', { job: report, data: null, every: '1h', groupKey: 'a' })
      const due = Date.now() - 1_000
      await setDue(await openStorage(), 's', due)
      // One that knows nothing of reports enqueues it.
      const other = await startWorker([noted])
      await until('the tick', async () => (await jobsOf(queue, 's')).length === 1)
      await other.stop()
      const seen: JobContext['schedule'][] = []
      await startWorker(
        [
          handle(report, (_, { schedule, attempt }) => {
            seen.push(schedule)
            if (attempt === 1) throw new Error('once')
          }),
          handle(step, (_, { schedule }) => ({ n: schedule === null ? 0 : 1 })),
        ],
        { schedules: false },
      )
      const [job] = await jobsOf(queue, 's')
      assert.deepEqual([job?.queue, job?.groupKey, job?.maxRetries], ['reports', 'a', 1])
      assert.equal((await ended(job?.id ?? '')).status, 'completed')
      const tick = { id: 's', tick: new Date(due) }
      assert.deepEqual(seen, [tick, tick])
      assert.deepEqual((await ended((await queue.enqueue(step, { n: 5 })).id)).result, { n: 0 })
      const schedule = await queue.schedules.get('s')
      assert.equal(schedule?.lastTick?.getTime(), due)
      assert.deepEqual(schedule.nextTick, nextTick)
    },
  ),

  queueCase('schedules-off', 'is not asked for schedules by a worker made without them', async ({ openStorage, ended }) => {
    let asked = 0
    const watched = withMember(
      await openStorage(),
      'findStates',
      (findStates) =>
        (...args) => (asked++, findStates(...args)),
    )
    const own = new JobQueue(watched as JobStorage)
    await using off = new Worker(own, { jobs: [noted], schedules: false })
    await off.start()
    await ended((await own.enqueue(step, { n: 1 })).id)
    assert.equal(asked, 0)
    await using on = new Worker(own, { jobs: [noted] })
    await on.start()
    await until('a look', () => asked > 0)
  }),

  queueCase(
    'schedules-overlap',
    'has no second job while one of the schedule is alive',
    async ({ queue, startWorker, openStorage, ended }) => {
      await queue.schedules.upsert('s', { job: step, data: { n: 1 }, every: '1h', overlap: 'skip', missed: 'all' })
      await queue.schedules.upsert('t', { job: step, data: { n: 2 }, every: '1h', overlap: 'skip' })
      const storage = await openStorage()
      const open: (() => void)[] = []
      await startWorker([handle(step, ({ n }) => new Promise((resolve) => open.push(() => resolve({ n }))))])
      const first = await queue.schedules.runNow('s')
      await until('its start', () => open.length === 1)
      assert.deepEqual(await queue.schedules.runNow('s'), { id: first.id, outcome: 'duplicate' })
      await setDue(storage, 's', Date.now() - 3 * 3_600_000)
      await setDue(storage, 't', Date.now() - 1_000)
      await queue.schedules.upsert('wake', { job: step, data: { n: 3 }, every: '1h' })
      await until('both ticks', async () => {
        const { schedules } = await queue.schedules.list()
        return schedules.every(({ id, lastTick }) => id === 'wake' || lastTick !== null)
      })
      await until('the start of the other', () => open.length === 2)
      assert.deepEqual([(await jobsOf(queue, 's')).length, (await jobsOf(queue, 't')).length], [1, 1])
      for (const release of open.splice(0)) release()
      await ended(first.id)
      assert.equal((await queue.schedules.runNow('s')).outcome, 'enqueued')
      await until('its start', () => open.length === 1)
      for (const release of open) release()
    },
  ),

  queueCase('schedules-end', 'has no tick after the end of a schedule', async ({ queue, startWorker }) => {
    const startAt = new Date(Date.now() + 1_000)
    const endAt = new Date(startAt.getTime() + 1_500)
    await startWorker([noted])
    await queue.schedules.upsert('s', { job: step, data: { n: 1 }, every: '1s', startAt, endAt, missed: 'all' })
    await until('the end', async () => (await queue.schedules.get('s'))?.nextTick === null)
    const start = startAt.getTime()
    // Where a store has no transactions a job appears just after its tick is written.
    await until('its jobs', async () => (await ticksOf(queue, 's')).length >= 2)
    assert.deepEqual(await ticksOf(queue, 's'), [start, start + 1_000])
    const again = await queue.schedules.upsert('s', { job: step, data: { n: 1 }, every: '1s', startAt, endAt, missed: 'all' })
    assert.equal(again.nextTick, null)
  }),
]
