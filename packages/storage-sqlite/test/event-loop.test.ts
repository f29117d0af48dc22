import { SqliteStorage } from '@dbjobq/storage-sqlite'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { newJob, newJobs, storageErrorOf } from './factories.js'
import { temporaryFile } from './temporary-file.js'

/** Counts the 10 ms timers that fire until it is stopped. */
function countTimers(): () => number {
  let fired = 0
  const timer = setInterval(() => fired++, 10)
  return () => {
    clearInterval(timer)
    return fired
  }
}

describe('the event loop', () => {
  it('stays free while another connection holds the write lock', async () => {
    using file = temporaryFile()
    const storage = new SqliteStorage(file.filename)
    await storage.migrate()
    const other = new Database(file.filename)
    other.exec('begin immediate')
    const stop = countTimers()
    // Only a timer ends the lock: a driver that waits would wait for ever.
    setTimeout(() => other.exec('commit'), 400)
    expect(await storage.insertJobs([newJob()])).toMatchObject([{ inserted: true }])
    expect(stop()).toBeGreaterThan(5)
    other.close()
    await storage.close()
  })

  it('reads while another connection holds the write lock', async () => {
    using file = temporaryFile()
    const storage = new SqliteStorage(file.filename)
    await storage.migrate()
    const other = new Database(file.filename)
    other.exec('begin immediate')
    expect(await storage.findJobs({}, { limit: 1 })).toEqual([])
    expect(await storage.claimJobs({ claimId: 'c', workerId: 'w', limit: 1, queues: [{ name: 'default', limit: 1 }] })).toEqual({
      jobs: [],
      more: false,
    })
    expect(await storage.promoteJobs({ now: Date.now(), limit: 1 })).toEqual({ queues: [], more: false, nextRunAt: null })
    expect(await storage.pruneJobs({ now: Date.now(), limit: 1 })).toBe(0)
    other.close()
    await storage.close()
  })

  it('gives up with CONTENTION when the lock outlasts callTimeout', async () => {
    using file = temporaryFile()
    const storage = new SqliteStorage({ filename: file.filename, callTimeout: 100 })
    await storage.migrate()
    const other = new Database(file.filename)
    other.exec('begin immediate')
    const calls = [storage.insertJobs([newJob()]), storage.transaction(() => Promise.resolve())]
    for (const call of calls.map(storageErrorOf)) {
      expect(await call).toMatchObject({ code: 'CONTENTION', retryable: true, applied: 'no' })
    }
    other.exec('rollback')
    expect(await storage.insertJobs([newJob()])).toMatchObject([{ inserted: true }])
    other.close()
    await storage.close()
  })

  it('goes round between many large calls that come at once', async () => {
    using file = temporaryFile()
    const storage = new SqliteStorage(file.filename)
    await storage.migrate()
    const stop = countTimers()
    const writes = Array.from({ length: 30 }, () => storage.insertJobs(newJobs(1_000)))
    const reads = Array.from({ length: 30 }, () => storage.findJobs({}, { limit: 1_000 }))
    await Promise.all([...writes, ...reads])
    expect(stop()).toBeGreaterThan(5)
    await storage.close()
  })

  it('goes round during a drain that never waits', async () => {
    using file = temporaryFile()
    const storage = new SqliteStorage(file.filename)
    await storage.migrate()
    for (let batch = 0; batch < 10; batch++) await storage.insertJobs(newJobs(1_000))
    const stop = countTimers()
    let drained = 0
    for (let more = true; more;) {
      const answer = await storage.claimJobs({ claimId: newJob().id, workerId: 'w', limit: 100, queues: [{ name: 'default', limit: 100 }] })
      more = answer.more
      const settled = await storage.settleJobs(
        answer.jobs.map(({ id, claimId, runAt, attempts }) => ({
          ...{ id, claimId: claimId ?? '', runAt, attempts, status: 'completed', startedAt: 1, finishedAt: 2, deleteAt: 3 },
          ...{ result: null, errors: null, releaseKey: true, forgetClaim: false },
        })),
      )
      drained += settled.filter((outcome) => outcome === 'settled').length
    }
    expect(drained).toBe(10_000)
    expect(stop()).toBeGreaterThan(5)
    await storage.close()
  })
})
