import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import { checkStorageError, rejectionOf } from '../expect-error.js'
import { findJob, newJob } from '../factories.js'

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
    title: 'refuses calls after it was closed, with a typed error',
    proves: ['errors.typed'],
    async run({ open }) {
      const closed = await open()
      await closed.findQueues()
      await closed.close()
      checkStorageError(await rejectionOf(closed.findQueues(), 'findQueues after close'), ['UNAVAILABLE'], 'findQueues after close')
      checkStorageError(
        await rejectionOf(closed.insertJobs([newJob()]), 'insertJobs after close'),
        ['UNAVAILABLE'],
        'insertJobs after close',
      )
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
