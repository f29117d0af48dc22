import assert from 'node:assert/strict'
import { defineJob, handle, typed, Worker } from '@dbjobq/core'
import { queueCase } from '../queue-case.js'
import { step } from '../step.js'
import { until } from '../until.js'
import { jobsOf, setDue, ticksOf } from './times.js'

const hour = 3_600_000
const noted = handle(step, ({ n }) => ({ n }))

/** What becomes of ticks that nobody ran, and of schedules that nobody can. */
export const missedCases = [
  queueCase('schedules-missed', 'makes up for missed ticks as the schedule says', async ({ queue, openStorage }) => {
    const now = Date.now()
    // Their ticks: half an hour ago, and each hour before and after.
    const startAt = new Date(now - 100.5 * hour)
    const common = { job: step, data: { n: 1 }, every: '1h', startAt } as const
    await queue.schedules.upsert('skip', { ...common, missed: 'skip' })
    await queue.schedules.upsert('once', { ...common, missed: 'once' })
    await queue.schedules.upsert('all', { ...common, missed: 'all' })
    await queue.schedules.upsert('few', { ...common, missed: 'all', maxMissed: 2 })
    const storage = await openStorage()
    for (const id of ['skip', 'once', 'all', 'few']) await setDue(storage, id, now - 4.5 * hour)
    const troubles: unknown[] = []
    await using worker = new Worker(queue, { jobs: [noted] })
    worker.on('trouble', ({ error }) => troubles.push(error))
    await worker.start()
    await until('all four', async () =>
      (await queue.schedules.list()).schedules.every(({ nextTick }) => nextTick?.getTime() === now + 0.5 * hour),
    )
    // Where a store has no transactions a job appears just after its tick is written.
    await until('8 jobs', async () => (await queue.listJobs({ limit: 1_000 })).jobs.length >= 8)
    const ago = async (id: string) => (await ticksOf(queue, id)).map((tick) => (now - tick) / hour)
    assert.deepEqual([await ago('skip'), await ago('once'), await ago('few')], [[], [0.5], [1.5, 0.5]])
    assert.deepEqual(await ago('all'), [4.5, 3.5, 2.5, 1.5, 0.5])
    assert.deepEqual(
      troubles.map((error) => (error as { code: string }).code),
      ['SCHEDULE_TICKS_DROPPED'],
    )
    const jobs = await jobsOf(queue, 'all')
    assert.ok(
      jobs.every(({ runAt }) => runAt.getTime() >= now - 5_000),
      'late ticks pass for jobs that waited',
    )
  }),

  queueCase(
    'schedules-missed-large',
    'makes up for missed ticks of more than one call carries',
    async ({ queue, startWorker, openStorage }) => {
      const large = defineJob({ type: 'large', data: typed<string>() })
      const data = '"'.repeat(500_000)
      const now = Date.now()
      await queue.schedules.upsert('s', { job: large, data, every: '1h', startAt: new Date(now - 8.5 * hour), missed: 'all' })
      await setDue(await openStorage(), 's', now - 8.5 * hour)
      await startWorker([handle(large, (text) => assert.equal(text, data))])
      // A store that keeps all in one file writes these 9 MB each time.
      await until('all of them', async () => (await queue.stats()).byStatus.completed === 9, 50_000)
      assert.equal(new Set(await ticksOf(queue, 's')).size, 9)
    },
  ),

  queueCase(
    'schedules-unreadable',
    'has schedules of newer code left alone, told once, and the others ticking',
    async ({ queue, openStorage }) => {
      const storage = await openStorage()
      const newer = { kind: 'schedule', id: 'a-newer', dueAt: Date.now() - 1_000, text: '{"v":2,"moon":"full"}' }
      await storage.putState(newer, null)
      const troubles: unknown[] = []
      await using worker = new Worker(queue, { jobs: [noted] })
      worker.on('trouble', ({ error }) => troubles.push(error))
      await worker.start()
      await queue.schedules.upsert('s', { job: step, data: { n: 1 }, every: '1s' })
      await until('two ticks', async () => (await ticksOf(queue, 's')).length >= 2)
      assert.deepEqual(
        troubles.map((error) => (error as { code: string }).code),
        ['SCHEDULE_UNREADABLE'],
      )
      const { schedules, unreadable } = await queue.schedules.list()
      assert.deepEqual([schedules.map(({ id }) => id), unreadable], [['s'], ['a-newer']])
      const unread = { code: 'SCHEDULE_UNREADABLE' }
      await assert.rejects(queue.schedules.upsert('a-newer', { job: step, data: { n: 1 }, every: '1s' }), unread)
      await assert.rejects(queue.schedules.get('a-newer'), unread)
      assert.deepEqual(await storage.findStates({ kind: 'schedule', ids: ['a-newer'] }, { limit: 1 }), [{ ...newer, revision: 1 }])
      assert.equal(await queue.schedules.delete('a-newer'), true)
    },
  ),
]
