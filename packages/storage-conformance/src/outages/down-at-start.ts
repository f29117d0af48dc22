import assert from 'node:assert/strict'
import { handle, JobQueue, StorageError, Worker, type JobStorage } from '@dbjobq/core'
import type { ConformanceCase } from '../case.js'
import { checkStorageError, rejectionOf } from '../expect-error.js'
import { step } from '../queue/step.js'
import { until } from '../queue/until.js'
import { during } from './during.js'

const patience = 45_000

/** A process may start before its server does. What failed then must not stay so. */
export const downAtStartCase: ConformanceCase = {
  id: 'outage/down-at-start',
  title: 'serves a queue and a worker that were opened while its server was down, once that is up',
  proves: [],
  needs: ['kill-server'],
  timeout: 120_000,
  async run({ open, subject }) {
    const killServer = subject.outages?.killServer ?? assert.fail()
    await using queue = new JobQueue((await open()) as JobStorage<unknown>)
    const worker = new Worker(queue, { jobs: [handle(step, ({ n }) => ({ n }))] })
    await during(killServer, async () => {
      for (let round = 1; round <= 2; round++) {
        await comesTooEarly(worker.start(), `start ${round}`)
        await comesTooEarly(queue.enqueue(step, { n: 0 }), `enqueue ${round}`)
      }
    })
    await until('the worker to start', () => isStarted(worker), patience)
    const { id } = await queue.enqueue(step, { n: 1 })
    assert.deepEqual(await queue.waitFor(id, { timeout: patience }), { n: 1 })
  },
}

async function comesTooEarly(call: Promise<unknown>, what: string): Promise<void> {
  const error = await rejectionOf(call, what)
  checkStorageError(error, ['UNAVAILABLE', 'TIMEOUT'], what)
  assert.ok(error instanceof StorageError && error.retryable, `${what} is said to be in vain for ever: ${String(error)}`)
}

/** A server that is up may still be busy with its restart. */
async function isStarted(worker: Worker): Promise<boolean> {
  try {
    await worker.start()
    return true
  } catch (error) {
    if (error instanceof StorageError && error.retryable) return false
    throw error
  }
}
