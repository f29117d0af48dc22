import assert from 'node:assert/strict'
import { defineJob, typed, type ErrorCode, type JobQueue } from '@dbjobq/core'
import { queueCase } from '../queue-case.js'

const note = defineJob({ type: 'note', data: typed<unknown>() })
const strict = defineJob({
  type: 'strict',
  data: { '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'never' }] }) } },
})

function upsert(options: object, id: unknown = 's'): (queue: JobQueue) => Promise<unknown> {
  return ({ schedules }) => schedules.upsert(id as string, { job: note, data: 1, ...options } as never)
}

const daily = { cron: '@daily' }
const attempts: [string, ErrorCode, (queue: JobQueue) => Promise<unknown>][] = [
  ['id', 'INVALID_NAME', upsert(daily, 'a b')],
  ['id missing', 'INVALID_NAME', upsert(daily, null)],
  ['neither cron nor every', 'INVALID_OPTION', upsert({})],
  ['cron and every', 'INVALID_OPTION', upsert({ ...daily, every: '1h' })],
  ['cron', 'INVALID_CRON', upsert({ cron: 'daily' })],
  ['cron that never fires', 'INVALID_CRON', upsert({ cron: '0 0 31 2 *' })],
  ['timezone', 'INVALID_TIMEZONE', upsert({ ...daily, timezone: 'Berlin' })],
  ['timezone of every', 'INVALID_OPTION', upsert({ every: '1h', timezone: 'UTC' })],
  ['dst', 'INVALID_OPTION', upsert({ ...daily, dst: { gap: 'maybe' } })],
  ['every', 'INVALID_DURATION', upsert({ every: 'hour' })],
  ['every too small', 'INVALID_OPTION', upsert({ every: 100 })],
  ['startAt', 'INVALID_DATE', upsert({ ...daily, startAt: 0 })],
  ['endAt', 'INVALID_DATE', upsert({ ...daily, endAt: new Date(NaN) })],
  ['nothing between them', 'INVALID_OPTION', upsert({ ...daily, startAt: new Date(1_000), endAt: new Date(2_000) })],
  ['missed', 'INVALID_OPTION', upsert({ ...daily, missed: true })],
  ['maxMissed', 'INVALID_OPTION', upsert({ ...daily, missed: 'all', maxMissed: 1_001 })],
  ['maxMissed without all', 'INVALID_OPTION', upsert({ ...daily, maxMissed: 5 })],
  ['overlap', 'INVALID_OPTION', upsert({ ...daily, overlap: 'queue' })],
  ['queue', 'INVALID_NAME', upsert({ ...daily, queue: '' })],
  ['priority', 'INVALID_OPTION', upsert({ ...daily, priority: 1.5 })],
  ['maxRetries', 'INVALID_OPTION', upsert({ ...daily, maxRetries: -1 })],
  ['groupKey', 'INVALID_NAME', upsert({ ...daily, groupKey: 'ä' })],
  ['an option that is not there', 'INVALID_OPTION', upsert({ ...daily, delay: '1s' })],
  ['job', 'INVALID_OPTION', upsert({ ...daily, job: 'note' })],
  ['data that is a function', 'INVALID_PAYLOAD', upsert({ ...daily, data: () => 1 })],
  ['data that the schema refuses', 'VALIDATION_FAILED', upsert({ ...daily, job: strict })],
  ['list: limit', 'INVALID_OPTION', ({ schedules }) => schedules.list({ limit: 0 })],
  ['preview: count', 'INVALID_OPTION', ({ schedules }) => schedules.preview({ cron: '@daily' }, 0)],
  ['preview: from', 'INVALID_DATE', ({ schedules }) => schedules.preview({ cron: '@daily' }, 1, { from: 'now' as never })],
  ['preview: definition', 'INVALID_CRON', ({ schedules }) => schedules.preview({ cron: 'x' })],
  ...(['get', 'pause', 'resume', 'runNow', 'delete', 'preview'] as const).map((name): (typeof attempts)[number] => [
    `${name}: id`,
    'INVALID_NAME',
    ({ schedules }) => schedules[name](''),
  ]),
]

export const badInputCases = [
  queueCase(
    'schedules-bad-input',
    'refuses each bad input of a schedule with its code, before anything is written',
    async ({ queue, openStorage }) => {
      for (const [name, code, attempt] of attempts) {
        await assert.rejects(attempt(queue), { code }, name)
      }
      assert.deepEqual(await (await openStorage()).findStates({ kind: 'schedule' }, { limit: 1 }), [])
    },
  ),
]
