import knexOf from 'knex'
import { createConnection } from 'mysql2/promise'
import { afterAll, describe, expect, it } from 'vitest'
import type { MysqlTransaction } from '@dbjobq/storage-mysql'
import { TestDatabase, url } from './database.js'
import { newJob } from './jobs.js'

const database = new TestDatabase()
const knex = knexOf({ client: 'mysql2', connection: url })
afterAll(async () => {
  await knex.destroy()
  await database.dispose()
})

describe('tx', () => {
  it('refuses all that is no open transaction', async () => {
    const storage = await database.empty()
    const connection = await createConnection(url)
    const ended = await knex.transaction()
    await ended.commit()
    const wrong: Record<string, unknown> = {
      'a pool': database.pool,
      'a Knex instance': knex,
      'a Knex transaction that has ended': ended,
      'a connection without a transaction': connection,
      null: null,
      'a number': 1,
      'an object': {},
      'a function': () => undefined,
    }
    try {
      for (const [what, tx] of Object.entries(wrong)) {
        await expect(storage.insertJobs([newJob()], { tx: tx as MysqlTransaction }), what).rejects.toMatchObject({ code: 'INVALID_TX' })
      }
    } finally {
      await connection.end()
    }
    expect(await storage.findJobs({}, { limit: 1 })).toEqual([])
  })

  it('refuses a transaction that the server has rolled back', async () => {
    const storage = await database.empty()
    const jobs = [newJob(), newJob()]
    await storage.insertJobs(jobs)
    const [one, two] = await Promise.all([createConnection(url), createConnection(url)])
    try {
      const lock = `select id from ${database.prefix}jobs where id = ? for update`
      for (const [index, connection] of [one, two].entries()) {
        await connection.beginTransaction()
        await connection.query(lock, [jobs[index]?.id])
      }
      const crossed = await Promise.allSettled([one.query(lock, [jobs[1]?.id]), two.query(lock, [jobs[0]?.id])])
      const victim = crossed[0].status === 'rejected' ? one : two
      await expect(storage.insertJobs([newJob()], { tx: victim })).rejects.toMatchObject({ code: 'INVALID_TX' })
    } finally {
      await Promise.all([one.end(), two.end()])
    }
  })

  for (const [level, errno] of [
    ['repeatable read', 1213],
    ['serializable', 1213],
  ] as const) {
    it(`passes a deadlock of transactions at ${level} untouched, and leaves nothing of the one that lost`, async () => {
      const storage = await database.empty()
      const jobs = [newJob(), newJob()]
      await storage.insertJobs(jobs)
      const connections = [await createConnection(url), await createConnection(url)] as const
      try {
        for (const connection of connections) {
          await connection.query(`set transaction isolation level ${level}`)
          await connection.beginTransaction()
        }
        const set = (job: 0 | 1, by: 0 | 1) =>
          storage.updateJobs([{ id: jobs[job]?.id ?? '', from: ['pending'], set: { priority: 7 + by } }], { tx: connections[by] })
        await Promise.all([set(0, 0), set(1, 1)])
        const ends = await Promise.allSettled([set(1, 0), set(0, 1)])
        const lost = ends.findIndex(({ status }) => status === 'rejected')
        expect(ends[lost]).toMatchObject({ reason: { errno } })
        expect(ends[1 - lost]).toEqual({ status: 'fulfilled', value: ['updated'] })
        await Promise.all(connections.map((connection, by) => (by === lost ? connection.rollback() : connection.commit())))
        const rows = await storage.findJobs({}, { limit: 2 })
        expect(rows.map(({ priority }) => priority)).toEqual([8 - lost, 8 - lost])
      } finally {
        await Promise.all(connections.map((connection) => connection.end()))
      }
    })
  }

  it('writes to its own tables from a connection that stands in another database', async () => {
    const storage = await database.empty()
    const elsewhere = new URL(url)
    elsewhere.pathname = '/information_schema'
    const connection = await createConnection(elsewhere.href)
    try {
      await connection.beginTransaction()
      const job = newJob({ uniqueKey: 'k' })
      expect(await storage.insertJobs([job], { tx: connection })).toEqual([{ inserted: true, id: job.id }])
      await connection.commit()
      expect(await storage.findJobs({ ids: [job.id] }, { limit: 1 })).toHaveLength(1)
    } finally {
      await connection.end()
    }
  })

  it('needs no second connection of the pool', async () => {
    await database.empty()
    const single = knexOf({ client: 'mysql2', connection: url, pool: { min: 0, max: 1 } })
    try {
      const storage = database.open({ knex: single })
      const job = newJob()
      await single.transaction(async (tx) => storage.insertJobs([job], { tx }))
      expect(await storage.findJobs({ ids: [job.id] }, { limit: 1 })).toHaveLength(1)
    } finally {
      await single.destroy()
    }
  })
})
