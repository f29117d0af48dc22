import assert from 'node:assert/strict'
import { DbjobqError, handle, Worker, WorkerPool, type ErrorCode } from '@dbjobq/core'
import { queueCase } from './queue-case.js'
import { step } from './step.js'

const jobs = [handle(step, ({ n }) => ({ n }))]
const log = () => undefined

const refused: [string, ErrorCode, Record<string, unknown>][] = [
  ['no jobs', 'INVALID_OPTION', { jobs: undefined }],
  ['queues: none', 'INVALID_OPTION', { queues: {} }],
  ['queues: an empty list', 'INVALID_OPTION', { queues: [] }],
  ['queues: a text', 'INVALID_OPTION', { queues: 'default' }],
  ['queues: null', 'INVALID_OPTION', { queues: null }],
  ['queues: a bad name', 'INVALID_NAME', { queues: { 'a b': {} } }],
  ['queues: a number', 'INVALID_OPTION', { queues: { a: 2 } }],
  ['queues: no limit', 'INVALID_OPTION', { queues: { a: { concurrency: 0 } } }],
  ['queues: an unknown limit', 'INVALID_OPTION', { queues: { a: { limit: 1 } } }],
  ['poll: unknown', 'INVALID_OPTION', { poll: 'faster' }],
  ['poll: a number', 'INVALID_OPTION', { poll: 100 }],
  ['poll: null', 'INVALID_OPTION', { poll: null }],
  ['poll: 1 ms', 'INVALID_OPTION', { poll: { min: 1 } }],
  ['signals: a name', 'INVALID_OPTION', { signals: 'SIGTERM' }],
  ['maintenance: 1', 'INVALID_OPTION', { maintenance: 1 }],
  ['logger: a function', 'INVALID_OPTION', { logger: log }],
  ['logger: null', 'INVALID_OPTION', { logger: null }],
  ['logger: without error', 'INVALID_OPTION', { logger: { debug: log, info: log, warn: log } }],
  ['onError: a text', 'INVALID_OPTION', { onError: 'log' }],
]

const refusedPools: [string, unknown, unknown?][] = [
  ['no list', { jobs }],
  ['an empty list', []],
  ['null', [null]],
  ['no jobs', [{ jobs }, {}]],
  ['signals of one worker', [{ jobs, signals: true }]],
  ['an unknown option', [{ jobs }], { size: 3 }],
  ['signals: 1', [{ jobs }], { signals: 1 }],
]

export const workerBadInputCases = [
  queueCase('bad-input-worker', 'refuses bad options of workers and pools by name', async ({ queue, startWorker }) => {
    for (const [name, code, options] of refused) {
      assert.throws(
        () => new Worker(queue, { jobs, ...options }),
        (error) => DbjobqError.isInstance(error, code) && /Worker.*[.]$/s.test(error.message),
        name,
      )
    }
    for (const [name, workers, options] of refusedPools) {
      assert.throws(
        () => new WorkerPool(queue, workers as [], options as never),
        (error) => DbjobqError.isInstance(error, 'INVALID_OPTION') && /[.]$/.test(error.message),
        `pool: ${name}`,
      )
    }
    for (const poll of ['fast', 'balanced', 'slow'] as const) {
      const worker = await startWorker(jobs, {
        poll,
        queues: { a: {}, b: { concurrency: 1_000 } },
        signals: false,
        maintenance: false,
        onError: log,
      })
      assert.equal(worker.isRunning, true)
    }
  }),
]
