import type { PoolConnection } from 'mysql2/promise'
import { afterAll, describe, expect, it } from 'vitest'
import { lockBest } from '../src/claim-queue.js'
import { Session } from '../src/session.js'
import { tablesOf } from '../src/tables.js'
import { TestDatabase } from './database.js'
import { claimRequest, completion, newJob, newJobs } from './jobs.js'

const database = new TestDatabase()
afterAll(() => database.dispose())

/** Holds the transaction of a claim open, as a claimer that was stopped in the middle would. */
async function whileClaiming<T>(limit: number, work: (claimed: string[]) => Promise<T>, types?: string[]): Promise<T> {
  const connection: PoolConnection = await database.pool.getConnection()
  const session = new Session((connection as unknown as { connection: ConstructorParameters<typeof Session>[0] }).connection, 'lent')
  try {
    return await session.inTransaction(async () => {
      const queue = { name: 'default', limit, ...(types && { types }) }
      const { jobs } = await lockBest(session, tablesOf(database.prefix, null), queue, limit, undefined)
      return work(jobs.map(({ id }) => id))
    })
  } finally {
    connection.release()
  }
}

describe('a claim that is still open', () => {
  it('lets a job of higher priority in at once', async () => {
    const storage = await database.empty()
    await storage.insertJobs(newJobs(1_000))
    await storage.insertJobs(newJobs(1_000))
    await whileClaiming(10, async () => {
      // It ends within the claim or, locked out by it, not at all.
      expect(await storage.insertJobs([newJob({ priority: 100 })])).toMatchObject([{ inserted: true }])
    })
  })

  for (const [size, count] of Object.entries({ 'a small table': 10, 'a large table': 2_000 })) {
    for (const types of [undefined, ['noop']]) {
      it(`locks only what it takes from ${size}${types ? ', by type' : ''}`, async () => {
        const storage = await database.empty()
        for (let left = count; left > 0; left -= 1_000) await storage.insertJobs(newJobs(Math.min(left, 1_000)))
        await database.pool.query(`analyze table ${database.prefix}jobs`)
        await whileClaiming(
          3,
          async (taken) => {
            const { jobs } = await storage.claimJobs(claimRequest({ limit: count, queues: [{ name: 'default', limit: count }] }))
            expect(jobs).toHaveLength(count - 3)
            expect(jobs.map(({ id }) => id)).not.toEqual(expect.arrayContaining(taken.slice(0, 1)))
          },
          types,
        )
      })
    }
  }

  it('lets other jobs be settled, marked, updated and deleted in a small table', async () => {
    const storage = await database.empty()
    await storage.insertJobs(newJobs(4))
    const [one, two] = (await storage.claimJobs(claimRequest({ limit: 2 }))).jobs
    const [three, four] = newJobs(2, { priority: -1 })
    if (!one || !two || !three || !four) throw new Error('four jobs were made')
    await storage.insertJobs([three, four])
    await whileClaiming(2, async () => {
      expect(await storage.markJobs([{ id: one.id, claimId: one.claimId ?? '', startedAt: 1 }])).toEqual([true])
      expect(await storage.settleJobs([completion(one), completion(two, { forgetClaim: true })])).toEqual(['settled', 'settled'])
      expect(await storage.updateJobs([{ id: three.id, from: ['pending'], set: { priority: 1 } }])).toEqual(['updated'])
      expect(await storage.deleteJobs([one.id, four.id])).toEqual([one.id, four.id])
    })
  })
})

describe('queues whose names differ in case only', () => {
  it('are looked into each for itself', async () => {
    const storage = await database.empty()
    const job = newJob({ queue: 'q' })
    await storage.insertJobs([job])
    const queues = ['Q', 'q'].map((name) => ({ name, limit: 1 }))
    expect((await storage.claimJobs(claimRequest({ queues }))).jobs.map(({ id }) => id)).toEqual([job.id])
  })
})

describe('the low-water mark', () => {
  it('is passed over within a second by a better job, and at once when nothing is beyond it', async () => {
    const storage = await database.empty()
    await storage.insertJobs(newJobs(20))
    expect((await storage.claimJobs(claimRequest())).jobs).toHaveLength(10)
    const better = newJob({ priority: 5 })
    await storage.insertJobs([better])
    const next = await storage.claimJobs(claimRequest())
    expect(next).toMatchObject({ more: true })
    expect(next.jobs).toHaveLength(10)
    const last = await storage.claimJobs(claimRequest())
    expect(last.jobs.map(({ id }) => id)).toEqual([better.id])
  })

  it('is not moved by a claim of some types', async () => {
    const storage = await database.empty()
    const [best] = newJobs(1, { priority: 2 })
    await storage.insertJobs([newJob({ priority: 1, type: 'wanted' }), newJob()])
    const wanted = await storage.claimJobs(claimRequest({ queues: [{ name: 'default', limit: 1, types: ['wanted'] }] }))
    expect(wanted.jobs).toHaveLength(1)
    if (!best) throw new Error('one job was made')
    await storage.insertJobs([best])
    const next = await storage.claimJobs(claimRequest({ limit: 1 }))
    expect(next.jobs.map(({ id }) => id)).toEqual([best.id])
  })
})

describe('an index that somebody dropped', () => {
  it('stops claims with an error that names it, in place of locking the table, and nothing else', async () => {
    const storage = await database.empty()
    const jobs = newJobs(20)
    await storage.insertJobs(jobs)
    const rename = (from: string, to: string) => database.pool.query(`alter table ${database.prefix}jobs rename index ${from} to ${to}`)
    await rename('claim', 'gone')
    try {
      const claim = storage.claimJobs(claimRequest())
      await expect(claim).rejects.toMatchObject({ code: 'STORAGE_FAILED', applied: 'no' })
      await expect(claim).rejects.toThrow(/Key 'claim' doesn't exist/)
      expect(await storage.insertJobs([newJob({ queue: 'other' })])).toMatchObject([{ inserted: true }])
      expect((await storage.findJobs({ status: ['running'] }, { limit: 1 })).length).toBe(0)
    } finally {
      await rename('gone', 'claim')
    }
    expect((await storage.claimJobs(claimRequest())).jobs).toHaveLength(10)
  })
})
