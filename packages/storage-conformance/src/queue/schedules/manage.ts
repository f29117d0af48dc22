import assert from 'node:assert/strict'
import { handle } from '@dbjobq/core'
import { queueCase } from '../queue-case.js'
import { step } from '../step.js'
import { until } from '../until.js'
import { jobsOf, setDue } from './times.js'

const noted = handle(step, ({ n }) => ({ n }))

/** What an operator and a deploy do with schedules. */
export const manageCases = [
  queueCase('schedules-upsert', 'changes nothing of a schedule that is upserted again', async ({ queue, openQueue, openStorage }) => {
    const definition = { job: step, data: { n: 1 }, every: '90s', priority: 7, groupKey: 'a', queue: 'q', maxRetries: 9 } as const
    const first = await queue.schedules.upsert('s', definition)
    assert.deepEqual([first.type, first.data, first.queue, first.priority, first.groupKey], ['step', { n: 1 }, 'q', 7, 'a'])
    assert.deepEqual([first.maxRetries, first.missed, first.overlap, first.lastTick, first.pausedAt], [9, 'once', 'allow', null, null])
    assert.equal(first.nextTick?.getTime(), first.createdAt.getTime() + 90_000)
    const again = await Promise.all(Array.from({ length: 5 }, async () => (await openQueue()).schedules.upsert('s', definition)))
    for (const schedule of again) assert.deepEqual(schedule, first)
    const [state] = await (await openStorage()).findStates({ kind: 'schedule' }, { limit: 2 })
    assert.equal(state?.revision, 1)
  }),

  queueCase('schedules-race-to-add', 'has one schedule of many processes that add it at once', async ({ queue, openQueue }) => {
    const queues = await Promise.all(Array.from({ length: 4 }, openQueue))
    const schedules = await Promise.all(
      queues.map((each) => each.schedules.upsert('s', { job: step, data: { n: 1 }, cron: '0 9 * * *', timezone: 'Europe/Berlin' })),
    )
    for (const schedule of schedules) assert.deepEqual(schedule, schedules[0])
    assert.equal((await queue.schedules.list()).schedules.length, 1)
  }),

  queueCase('schedules-change', 'keeps of a changed schedule what did not change', async ({ queue }) => {
    const { schedules } = queue
    const first = await schedules.upsert('s', { job: step, data: { n: 1 }, every: '1h' })
    const other = await schedules.upsert('s', { job: step, data: { n: 2 }, every: '1h', missed: 'all' })
    assert.deepEqual([other.data, other.missed, other.nextTick, other.createdAt], [{ n: 2 }, 'all', first.nextTick, first.createdAt])
    await schedules.pause('s')
    const paused = await schedules.upsert('s', { job: step, data: { n: 2 }, every: '2h' })
    assert.ok(paused.pausedAt instanceof Date && paused.nextTick === null)
    await schedules.resume('s')
    assert.equal((await schedules.get('s'))?.nextTick?.getTime(), first.createdAt.getTime() + 7_200_000)
    const cron = await schedules.upsert('s', { job: step, data: { n: 2 }, cron: '@daily', timezone: 'Asia/Tokyo' })
    assert.equal(((cron.nextTick?.getTime() ?? 0) + 9 * 3_600_000) % 86_400_000, 0)
    assert.deepEqual(
      [cron.every, cron.cron, cron.timezone, cron.dst],
      [null, '@daily', 'Asia/Tokyo', { gap: 'run-after', overlap: 'first' }],
    )
  }),

  queueCase('schedules-change-while-due', 'has a job of a tick that was due before its times changed', async ({ queue, openStorage }) => {
    await queue.schedules.upsert('s', { job: step, data: { n: 1 }, every: '1h' })
    const due = Date.now() - 5_000
    await setDue(await openStorage(), 's', due)
    const changed = await queue.schedules.upsert('s', { job: step, data: { n: 2 }, every: '2h' })
    const jobs = await jobsOf(queue, 's')
    assert.deepEqual(
      jobs.map(({ data, schedule }) => [data, schedule?.tick.getTime()]),
      [[{ n: 1 }, due]],
    )
    assert.deepEqual([changed.lastTick?.getTime(), changed.every], [due, 7_200_000])
  }),

  queueCase('schedules-pause', 'has no tick of a paused schedule, and none made up for', async ({ queue, startWorker, openStorage }) => {
    await queue.schedules.upsert('s', { job: step, data: { n: 1 }, every: '1h', missed: 'all' })
    await setDue(await openStorage(), 's', Date.now() - 10_000_000)
    await queue.schedules.pause('s')
    await queue.schedules.pause('s')
    // Another one that is due shows that the schedules were looked at.
    await queue.schedules.upsert('t', { job: step, data: { n: 2 }, every: '1h' })
    await setDue(await openStorage(), 't', Date.now() - 1_000)
    await startWorker([noted])
    await until('a tick of the other', async () => (await jobsOf(queue, 't')).length === 1)
    await queue.schedules.resume('s')
    await queue.schedules.resume('s')
    const schedule = await queue.schedules.get('s')
    assert.ok((schedule?.nextTick?.getTime() ?? 0) > Date.now() && schedule?.pausedAt === null)
    assert.deepEqual(await jobsOf(queue, 's'), [])
  }),

  queueCase('schedules-run-now', 'has one job at once, and the next tick where it was', async ({ queue, startWorker, ended }) => {
    const { nextTick } = await queue.schedules.upsert('s', { job: step, data: { n: 3 }, every: '1h', priority: 9 })
    await startWorker([noted])
    const { id, outcome } = await queue.schedules.runNow('s')
    const job = await ended(id)
    assert.deepEqual([outcome, job.status, job.result, job.priority, job.schedule?.id], ['enqueued', 'completed', { n: 3 }, 9, 's'])
    assert.deepEqual((await queue.schedules.get('s'))?.nextTick, nextTick)
    await queue.schedules.pause('s')
    assert.equal((await queue.schedules.runNow('s')).outcome, 'enqueued')
  }),

  queueCase('schedules-list', 'lists, finds and deletes schedules', async ({ queue }) => {
    const { schedules } = queue
    for (const id of ['b', 'a', 'c']) await schedules.upsert(id, { job: step, data: { n: 1 }, cron: '@daily' })
    const first = await schedules.list({ limit: 2 })
    const second = await schedules.list({ limit: 2, after: first.next ?? '' })
    const ids = [first, second].map((page) => [page.schedules.map(({ id }) => id), page.unreadable, page.next])
    assert.deepEqual(ids, [
      [['a', 'b'], [], 'b'],
      [['c'], [], null],
    ])
    assert.deepEqual(await schedules.get('b'), first.schedules[1])
    assert.deepEqual([await schedules.delete('b'), await schedules.delete('b'), await schedules.get('b')], [true, false, null])
    for (const call of ['pause', 'resume', 'runNow', 'preview'] as const) {
      await assert.rejects(schedules[call]('b'), { code: 'SCHEDULE_NOT_FOUND' })
    }
    assert.equal((await schedules.upsert('b', { job: step, data: { n: 2 }, cron: '@daily' })).lastTick, null)
  }),

  queueCase('schedules-preview', 'tells the next ticks, of a schedule and of a definition', async ({ queue }) => {
    const { schedules } = queue
    const from = new Date('2026-10-24T00:00:00Z')
    const berlin = { cron: '30 2 * * *', timezone: 'Europe/Berlin' } as const
    const expected = ['2026-10-24T00:30:00Z', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'].map((time) => new Date(time))
    assert.deepEqual(await schedules.preview(berlin, 3, { from }), expected)
    const { nextTick } = await schedules.upsert('s', { job: step, data: { n: 1 }, ...berlin })
    assert.deepEqual(await schedules.preview('s', 3, { from }), expected)
    await schedules.pause('s')
    assert.deepEqual([(await schedules.preview('s')).length, (await schedules.preview('s', 1))[0]], [10, nextTick])
    assert.equal((await schedules.preview({ ...berlin, endAt: new Date('2026-10-25T12:00:00Z') }, 10, { from })).length, 2)
  }),
]
