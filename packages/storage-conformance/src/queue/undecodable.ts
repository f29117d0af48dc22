import assert from 'node:assert/strict'
import { handle } from '@dbjobq/core'
import { newJob } from '../factories.js'
import { queueCase } from './queue-case.js'
import { step } from './step.js'
import { until } from './until.js'

/** What other code, or a broken disk, may leave in a row. */
const broken = [{ data: '{not json' }, { data: '' }, { options: '{not json' }, { data: '[[[', options: 'undefined' }]

/** Rows that nobody can read. */
export const undecodableCases = [
  queueCase(
    'undecodable',
    'has jobs fail for good that cannot be read, and those beside them run',
    async ({ queue, openStorage, startWorker, ended }) => {
      const storage = await openStorage()
      const bad = broken.map((overrides) => newJob({ type: step.type, priority: 9, ...overrides }))
      const unreadableProgress = newJob({ type: step.type, data: '{"n":1}', priority: 9 })
      const unreadableErrors = newJob({ type: step.type, data: '{"n":100}', options: '{"maxRetries":0}', priority: 9 })
      const nullAsError = newJob({ type: step.type, data: '{"n":2}', priority: 9 })
      const unknown = newJob({ type: 'renamed', priority: 9 })
      await storage.insertJobs([...bad, unreadableProgress, unreadableErrors, nullAsError, unknown])
      await storage.updateJobs([
        { id: unreadableProgress.id, from: ['pending'], set: { progress: '{half' } },
        { id: unreadableErrors.id, from: ['pending'], set: { errors: '[half' } },
        { id: nullAsError.id, from: ['pending'], set: { errors: '[null]' } },
      ])
      const good = await queue.enqueueMany(
        step,
        Array.from({ length: 10 }, (_, n) => ({ n })),
      )
      const worker = await startWorker([
        handle(step, ({ n }) => {
          if (n === 100) throw new Error('what it failed with')
          return { n }
        }),
      ])
      const expected = [...bad, unreadableProgress].map(({ id }) => id)
      for (const id of expected) {
        const { status, attempts, errors } = await ended(id)
        assert.deepEqual([status, attempts, errors.map(({ code }) => code)], ['failed', 1, ['INVALID_PAYLOAD']])
      }
      const retried = await ended(unreadableErrors.id)
      assert.deepEqual([retried.status, retried.errors.at(-1)?.message], ['failed', 'what it failed with'])
      for (const { id } of [nullAsError, ...good]) assert.equal((await ended(id)).status, 'completed')
      await until('the unknown one to be given back', async () => (await queue.getJob(unknown.id))?.status === 'pending')
      assert.equal(worker.status().state, 'running')
      // They can be looked at and removed like any other.
      assert.equal((await queue.listJobs({ ids: expected, limit: 100 })).jobs.length, expected.length)
      assert.equal((await queue.deadLetters.discardAll()).changed, expected.length + 1)
    },
  ),
]
