import assert from 'node:assert/strict'
import type { StorageError } from '@dbjobq/core/storage'
import type { AnyStorage, ConformanceCase } from '../case.js'
import { checkStorageError, rejectionOf } from '../expect-error.js'
import { findJob, newJob, newJobs } from '../factories.js'
import { memberCalls } from '../member-calls.js'
import { findPresent } from '../running-jobs.js'

function everyCall(storage: AnyStorage): Record<string, () => Promise<unknown>> {
  const { wakeups } = storage
  return {
    ...memberCalls(storage),
    describe: () => storage.describe(),
    migrate: () => storage.migrate(),
    serverTime: () => storage.serverTime(),
    ...(storage.transaction ? { transaction: () => storage.transaction?.(() => Promise.resolve()) ?? assert.fail() } : {}),
    ...(wakeups ? { 'wakeups.send': () => wakeups.send(['hint']), 'wakeups.listen': () => wakeups.listen(() => undefined) } : {}),
  }
}

async function expectClosed(call: Promise<unknown>, what: string): Promise<void> {
  const error = await rejectionOf(call, `${what} after close`)
  checkStorageError(error, ['UNAVAILABLE'], `${what} after close`)
  const { retryable, applied } = error as StorageError
  assert.deepEqual({ retryable, applied }, { retryable: false, applied: 'no' }, `${what} after close`)
}

export const closeCases: ConformanceCase[] = [
  {
    id: 'close/twice',
    title: 'is closed twice, also at once, without an error',
    proves: ['close.twice'],
    async run({ open }) {
      const used = await open()
      await used.findQueues()
      await used.close()
      await used.close()
      const both = await open()
      await both.findQueues()
      await Promise.all([both.close(), both.close()])
    },
  },
  {
    id: 'close/unused',
    title: 'is closed without ever having been used',
    proves: ['close.twice'],
    async run({ open }) {
      const unused = await open()
      await unused.close()
      await unused.close()
    },
  },
  {
    id: 'close/then-refuses',
    title: 'refuses every call after it was closed, used or not',
    proves: ['close.refuses', 'errors.typed'],
    async run({ open }) {
      const [used, unused] = [await open(), await open()]
      await used.describe()
      for (const storage of [used, unused]) {
        await storage.close()
        for (const [member, call] of Object.entries(everyCall(storage))) await expectClosed(call(), member)
      }
    },
  },
  {
    id: 'close/refuses-tx',
    title: 'refuses calls in an open transaction of the caller after it was closed',
    proves: ['close.refuses'],
    needs: ['transactions'],
    async run({ storage, open, subject }) {
      for (const [form, inTransaction] of Object.entries(subject.transactions ?? {})) {
        const closed = await open()
        await closed.describe()
        await closed.close()
        const job = newJob()
        await inTransaction((tx) => expectClosed(closed.insertJobs([job], { tx }), `insertJobs in ${form}`))
        assert.deepEqual(await findPresent(storage, [job]), [], form)
      }
    },
  },
  {
    id: 'close/refuses-sync',
    title: 'refuses synchronous calls after it was closed',
    proves: ['close.refuses'],
    needs: ['sync'],
    async run({ storage, open, subject }) {
      const closed = await open()
      await closed.describe()
      await closed.close()
      const job = newJob()
      const call = (subject.syncTransaction ?? assert.fail())((tx) => closed.sync?.insertJobs([job], { tx }))
      await expectClosed(call, 'sync.insertJobs')
      assert.deepEqual(await findPresent(storage, [job]), [])
    },
  },
  {
    id: 'close/under-way',
    title: 'lets calls that are under way end when it is closed, and what they say is true',
    proves: ['close.under-way'],
    timeout: 60_000,
    async run({ storage, open }) {
      const closing = await open()
      await closing.findQueues()
      const jobs = newJobs(40)
      const calls = jobs.map((job) => closing.insertJobs([job]))
      const [outcomes, answer] = await Promise.all([Promise.allSettled(calls), Promise.allSettled([closing.close()])])
      assert.deepEqual(answer, [{ status: 'fulfilled', value: undefined }])
      const present = new Set(await findPresent(storage, jobs))
      for (const [index, outcome] of outcomes.entries()) {
        const isThere = present.has(jobs[index]?.id ?? '')
        if (outcome.status === 'fulfilled') assert.ok(isThere, 'a job that was said to be inserted is not there')
        else {
          checkStorageError(outcome.reason, ['UNAVAILABLE'], 'insertJobs while it is closed')
          if ((outcome.reason as StorageError).applied === 'no')
            assert.ok(!isThere, 'a job is there, of which nothing was said to be written')
        }
      }
    },
  },
  {
    id: 'close/leaves-others',
    title: 'leaves other storages on the same database open',
    proves: ['close.twice'],
    async run({ storage, open }) {
      const job = newJob()
      const other = await open()
      await other.insertJobs([job])
      await other.close()
      assert.equal((await findJob(storage, job.id)).id, job.id)
    },
  },
  {
    id: 'close/handed-in',
    title: 'leaves the pool that it was handed open',
    proves: ['close.handed-in'],
    needs: ['handed-in'],
    async run({ storage, subject }) {
      const handed = await subject.handedIn?.()
      assert.ok(handed)
      try {
        const job = newJob()
        await handed.storage.insertJobs([job])
        assert.equal((await findJob(storage, job.id)).id, job.id)
        await handed.storage.close()
        assert.equal(await handed.isUsable(), true)
        await handed.storage.close()
        assert.equal(await handed.isUsable(), true)
      } finally {
        await handed.dispose()
      }
    },
  },
]
