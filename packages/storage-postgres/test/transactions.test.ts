import { defineJob, JobQueue, typed } from '@dbjobq/core'
import { PostgresStorage } from '@dbjobq/storage-postgres'
import knexOf from 'knex'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { execute, freshName, url, withClient } from './database.js'
import { newJob } from './jobs.js'

const schema = freshName()
const storage = new PostgresStorage({ url, schema })

beforeAll(() => storage.migrate())

afterAll(async () => {
  await storage.close()
  await execute(`drop schema ${schema} cascade`)
})

describe('transactions', () => {
  it('refuses a pool, a Knex, a client outside of a transaction and one that is closed', async () => {
    const pool = new pg.Pool({ connectionString: url })
    const knex = knexOf({ client: 'pg', connection: url })
    const closed = await withClient(async (client) => {
      const refused: unknown[] = [pool, knex, client]
      for (const tx of refused) {
        const call = storage.insertJobs([newJob()], { tx: tx as typeof client })
        await expect(call).rejects.toMatchObject({ code: 'INVALID_TX', applied: 'no' })
      }
      await client.query('begin')
      return client
    })
    await expect(storage.insertJobs([newJob()], { tx: closed })).rejects.toMatchObject({ code: 'INVALID_TX' })
    await pool.end()
    await knex.destroy()
    expect(await storage.findJobs({}, { limit: 1 })).toEqual([])
  })

  it('tells an open transaction of a pg that does not know its status', async () => {
    const job = newJob()
    await withClient(async (client) => {
      const older = Object.assign(client, { getTransactionStatus: undefined }) as unknown as pg.Client
      await expect(storage.insertJobs([job], { tx: older })).rejects.toMatchObject({ code: 'INVALID_TX' })
      await client.query('begin')
      expect(await storage.insertJobs([job], { tx: older })).toEqual([{ inserted: true, id: job.id }])
      await client.query('commit')
    })
    expect(await storage.deleteJobs([job.id])).toEqual([job.id])
  })

  it('takes a client of a pool', async () => {
    const pool = new pg.Pool({ connectionString: url })
    const client = await pool.connect()
    const job = newJob()
    await client.query('begin')
    await storage.insertJobs([job], { tx: client })
    await client.query('rollback')
    client.release()
    await pool.end()
    expect(await storage.findJobs({ ids: [job.id] }, { limit: 1 })).toEqual([])
  })

  it('passes 40001 untouched to a caller at REPEATABLE READ whose key was taken after its snapshot', async () => {
    const holder = newJob({ uniqueKey: 'taken' })
    await withClient(async (client) => {
      await client.query('begin isolation level repeatable read')
      await client.query('select 1')
      await client.query(`select count(*) from ${schema}.dbjobq_jobs`)
      await storage.insertJobs([holder])
      const call = storage.insertJobs([newJob({ uniqueKey: 'taken' })], { tx: client })
      await expect(call).rejects.toSatisfy((error) => error instanceof pg.DatabaseError && error.code === '40001')
      await client.query('rollback')
    })
    expect(await storage.deleteJobs([holder.id])).toEqual([holder.id])
  })

  it('passes 40001 untouched to a caller at SERIALIZABLE, through the queue too, and leaves nothing of either', async () => {
    const queue = new JobQueue(storage)
    const send = defineJob({ type: 'send', data: typed<{ n: number }>() })
    const unique = { unique: { key: 'serial' } }
    await queue.ready()
    await withClient((first) =>
      withClient(async (second) => {
        for (const client of [first, second]) {
          await client.query('begin isolation level serializable')
          await client.query(`select count(*) from ${schema}.dbjobq_jobs where type = 'send'`)
        }
        const { id } = await queue.enqueue(send, { n: 1 }, { ...unique, tx: first })
        const call = queue.enqueue(send, { n: 2 }, { ...unique, tx: second })
        const refusal = expect(call).rejects.toSatisfy((error) => error instanceof pg.DatabaseError && error.code === '40001')
        await first.query('commit')
        await refusal
        await second.query('rollback')
        expect(await storage.findJobs({ type: ['send'] }, { limit: 2 })).toMatchObject([{ id }])
        await storage.deleteJobs([id])
      }),
    )
  })

  it('asks for a key in a transaction of the caller and leaves it usable when another one commits that key first', async () => {
    const [job, other] = [newJob(), newJob({ uniqueKey: 'wanted' })]
    await storage.insertJobs([job])
    await withClient((first) =>
      withClient(async (second) => {
        await first.query('begin')
        await storage.insertJobs([other], { tx: first })
        await second.query('begin')
        const call = storage.updateJobs([{ id: job.id, from: ['pending'], set: { uniqueKey: 'wanted', priority: 9 } }], { tx: second })
        await expect.poll(isWaiting).toBe(true)
        await first.query('commit')
        expect(await call).toEqual(['keyTaken'])
        expect(await storage.updateJobs([{ id: job.id, from: ['pending'], set: { priority: 8 } }], { tx: second })).toEqual(['updated'])
        await second.query('commit')
      }),
    )
    expect(await storage.findJobs({ ids: [job.id] }, { limit: 1 })).toMatchObject([{ uniqueKey: null, priority: 8 }])
    await storage.deleteJobs([job.id, other.id])
  })
})

function isWaiting(): Promise<boolean> {
  return withClient(async (observer) => {
    const text = `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%${schema}%' and pid <> pg_backend_pid()`
    return (await observer.query(text)).rowCount === 1
  })
}
