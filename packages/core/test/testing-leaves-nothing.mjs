// A node:test program that uses the whole kit; testing-process.test.ts runs it and sees whether it ends by itself.
import assert from 'node:assert/strict'
import { after, mock, test } from 'node:test'
import { defineJob, handle, typed } from '@dbjobq/core'
import { createTestQueue, expectEnqueued, expectNotEnqueued, performJob, runJobs } from '@dbjobq/core/testing'

const hello = defineJob({ type: 'hello', data: typed(), timeout: '1h' })
let runs = 0
const job = handle(hello, async (data, ctx) => {
  runs++
  await ctx.progress(data)
  if (ctx.attempt === 1) throw new Error('again')
})

test('runs jobs to the end', async () => {
  const t = createTestQueue({ jobs: [job] })
  await t.queue.enqueue(hello, { to: 'ada' }, { delay: '1d' })
  await expectEnqueued(t.queue, hello, { to: 'ada' }, { delay: '1d', count: 1 })
  assert.equal((await t.runJobs({ advance: true })).counts.completed, 1)
  await expectNotEnqueued(t.queue, hello, {}, { status: ['pending'] })
  assert.equal((await performJob(job, { to: 'bob' })).outcome, 'retrying')
  assert.equal(runs, 3)
})

test('works under mocked timers', async () => {
  mock.timers.enable()
  const { queue } = createTestQueue()
  await queue.enqueue(hello, { to: 'ada' })
  assert.equal((await runJobs(queue, [job], { advance: true })).counts.completed, 1)
  mock.timers.reset()
})

test('fails with a message that node:test shows', async (t) => {
  const { queue } = createTestQueue()
  await t.assert.rejects(expectEnqueued(queue, hello), { name: 'AssertionError', code: 'ERR_ASSERTION', message: /The queue is empty/ })
})

let ended = 0
after(() => (ended = performance.now()))
process.on('beforeExit', () => console.log(`ended by itself after ${Math.round(performance.now() - ended)} ms`))
