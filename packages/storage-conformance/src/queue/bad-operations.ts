import assert from 'node:assert/strict'
import { DbjobqError, type ErrorCode, type JobQueue } from '@dbjobq/core'
import { rejectionOf } from '../expect-error.js'
import { queueCase } from './queue-case.js'
import { step } from './step.js'

type Attempt = [string, ErrorCode, (queue: JobQueue, id: string) => unknown]
const operator = { $ne: null } as never
const bulkForms: [string, (queue: JobQueue, filter: never, options?: never) => Promise<unknown>][] = [
  ['cancelJobs', (queue, filter, options) => queue.cancelJobs(filter, options)],
  ['retryJobs', (queue, filter, options) => queue.retryJobs(filter, options)],
  ['deleteJobs', (queue, filter, options) => queue.deleteJobs(filter, options)],
  ['updateJobs', (queue, filter, options) => queue.updateJobs(filter, { priority: 1 }, options)],
]

const bulk = bulkForms.flatMap(([name, call]): Attempt[] => {
  const given = (filter: unknown, options?: unknown) => (queue: JobQueue) => call(queue, filter as never, options as never)
  return [
    [`${name}: an empty filter`, 'INVALID_OPTION', given({})],
    [`${name}: no filter`, 'INVALID_OPTION', given(undefined)],
    [`${name}: a field that is undefined`, 'INVALID_OPTION', given({ type: ['step'], groupKey: undefined })],
    [`${name}: all and more`, 'INVALID_OPTION', given({ all: true, type: ['step'] })],
    [`${name}: all: false`, 'INVALID_OPTION', given({ all: false })],
    [`${name}: an unknown field`, 'INVALID_OPTION', given({ kind: ['step'] })],
    [`${name}: an operator`, 'INVALID_OPTION', given({ status: operator })],
    [`${name}: job and type`, 'INVALID_OPTION', given({ job: step, type: ['step'] })],
    [`${name}: limit 0`, 'INVALID_OPTION', given({ type: ['step'] }, { limit: 0 })],
    [`${name}: a signal that is none`, 'INVALID_OPTION', given({ type: ['step'] }, { signal: {} })],
    [`${name}: an unknown option`, 'INVALID_OPTION', given({ type: ['step'] }, { batch: 5 })],
  ]
})

const attempts: Attempt[] = [
  ...bulk,
  ['update: nothing', 'INVALID_OPTION', (queue, id) => queue.update(id, {})],
  ['update: all undefined', 'INVALID_OPTION', (queue, id) => queue.update(id, { priority: undefined } as never)],
  ['update: an unknown change', 'INVALID_OPTION', (queue, id) => queue.update(id, { status: 'completed' } as never)],
  ['update: data without its job', 'INVALID_OPTION', (queue, id) => queue.update(id, { data: { n: 2 } } as never)],
  ['update: a job without data', 'INVALID_PAYLOAD', (queue, id) => queue.update(id, { job: step } as never)],
  ['update: not a definition', 'INVALID_OPTION', (queue, id) => queue.update(id, { job: 'step', data: 1 } as never)],
  ['update: runAt and delay', 'INVALID_OPTION', (queue, id) => queue.update(id, { runAt: new Date(), delay: 1 })],
  ['update: no date', 'INVALID_DATE', (queue, id) => queue.update(id, { runAt: new Date('x') })],
  ['update: a delay in words', 'INVALID_DURATION', (queue, id) => queue.update(id, { delay: 'soon' as never })],
  ['update: priority', 'INVALID_OPTION', (queue, id) => queue.update(id, { priority: 40_000 })],
  ['update: queue', 'INVALID_NAME', (queue, id) => queue.update(id, { queue: 'a b' })],
  ['update: the id', 'INVALID_OPTION', (queue) => queue.update(operator, { priority: 1 })],
  ['updateJobs: nothing', 'INVALID_OPTION', (queue) => queue.updateJobs({ all: true }, {})],
  ['updateJobs: data', 'INVALID_OPTION', (queue) => queue.updateJobs({ all: true }, { data: 1 } as never)],
  ['delete: the id', 'INVALID_OPTION', (queue) => queue.delete(operator)],
  ['listJobs: a job that is none', 'INVALID_OPTION', (queue) => queue.listJobs({ job: {} as never })],
  ['listJobs: job and type', 'INVALID_OPTION', (queue) => queue.listJobs({ job: step, type: ['step'] })],
  ['iterateJobs: order', 'INVALID_OPTION', (queue) => queue.iterateJobs({}, { order: 'best' as never })],
  ['iterateJobs: an operator', 'INVALID_OPTION', (queue) => queue.iterateJobs(operator)],
  ['getPendingJobs: 0', 'INVALID_OPTION', (queue) => queue.getPendingJobs(0)],
  ['getFailedJobs: too many', 'INVALID_OPTION', (queue) => queue.getFailedJobs(1_001)],
  ['pauseQueue: no name', 'INVALID_NAME', (queue) => queue.pauseQueue('')],
  ['resumeQueue: a space', 'INVALID_NAME', (queue) => queue.resumeQueue('a b')],
  ['listQueues: scanLimit', 'INVALID_OPTION', (queue) => queue.listQueues({ scanLimit: 0 })],
  ['deadLetters.list: a status', 'INVALID_OPTION', (queue) => queue.deadLetters.list({ status: ['pending'] } as never)],
  ['deadLetters.retry: the id', 'INVALID_OPTION', (queue) => queue.deadLetters.retry('7')],
  ['deadLetters.retryAll: a status', 'INVALID_OPTION', (queue) => queue.deadLetters.retryAll({ status: ['pending'] } as never)],
  ['deadLetters.discard: the id', 'INVALID_OPTION', (queue) => queue.deadLetters.discard(operator)],
  ['deadLetters.discardAll: undefined', 'INVALID_OPTION', (queue) => queue.deadLetters.discardAll({ type: undefined } as never)],
  ['deadLetters.discardAll: a text', 'INVALID_OPTION', (queue) => queue.deadLetters.discardAll('all' as never)],
  ['deadLetters.discardAll: null', 'INVALID_OPTION', (queue) => queue.deadLetters.discardAll(null as never)],
  ['health: unknown', 'INVALID_OPTION', (queue) => queue.health({ age: {} } as never)],
  ['health: a number', 'INVALID_OPTION', (queue) => queue.health({ failed: 7 as never })],
  ['health: words', 'INVALID_DURATION', (queue) => queue.health({ waiting: { degraded: 'long' as never } })],
  ['health: 0 orphans', 'INVALID_OPTION', (queue) => queue.health({ orphaned: { degraded: 0 } })],
  ['health: the wrong way round', 'INVALID_OPTION', (queue) => queue.health({ waiting: { degraded: '2m', unhealthy: '1m' } })],
  ['waitFor: nothing', 'INVALID_OPTION', (queue) => queue.waitFor(undefined as never)],
  ['waitFor: null', 'INVALID_OPTION', (queue) => queue.waitFor(null as never)],
  ['waitFor: an operator', 'INVALID_OPTION', (queue) => queue.waitFor({ id: operator } as never)],
  ['waitFor: timeout', 'INVALID_DURATION', (queue, id) => queue.waitFor(id, { timeout: 'soon' as never })],
  ['waitFor: signal', 'INVALID_OPTION', (queue, id) => queue.waitFor(id, { signal: 'abort' as never })],
  ['waitFor: unknown', 'INVALID_OPTION', (queue, id) => queue.waitFor(id, { patience: 1 } as never)],
]

export const badOperationCases = [
  queueCase('bad-operations', 'does nothing on bad input to its operations: a typed error comes first', async ({ queue }) => {
    const { id } = await queue.enqueue(step, { n: 1 })
    const before = await queue.getJob(id)
    for (const [name, code, attempt] of attempts) {
      const error = await rejectionOf(
        (async () => {
          await attempt(queue, id)
        })(),
        name,
      )
      assert.ok(DbjobqError.isInstance(error), `${name}: expected a DbjobqError, got ${String(error)}`)
      assert.equal(error.code, code, `${name}: ${error.message}`)
      assert.match(error.message, /\w+.*[.]$/s, `${name}: the message is no sentence: ${error.message}`)
    }
    assert.deepEqual(await queue.getJob(id), before)
    assert.deepEqual(
      (await queue.listQueues()).map(({ name, pausedAt }) => [name, pausedAt]),
      [['default', null]],
    )
  }),
]
