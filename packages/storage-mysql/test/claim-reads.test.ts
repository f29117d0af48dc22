import knexOf from 'knex'
import { afterAll, expect, it } from 'vitest'
import { MysqlStorage } from '@dbjobq/storage-mysql'
import { TestDatabase, url } from './database.js'
import { claimRequest, newJobs } from './jobs.js'

const database = new TestDatabase()
afterAll(() => database.dispose())

it.each([undefined, ['noop']])('a claim meets no scheduled job on its way, by the types %j', async (types) => {
  const storage = await database.empty()
  for (let left = 5; left > 0; left--) await storage.insertJobs(newJobs(1_000, { status: 'scheduled', priority: 100 }))
  await storage.insertJobs(newJobs(10))
  // One connection, so that its counters are those of the claim.
  const knex = knexOf({ client: 'mysql2', connection: url, pool: { min: 1, max: 1 } })
  const claiming = new MysqlStorage({ knex, prefix: database.prefix })
  await claiming.describe()
  const rowsRead = async () => {
    const names = ['first', 'key', 'last', 'next', 'prev'].map((name) => `'Handler_read_${name}'`).join()
    const [rows] = (await knex.raw(`show session status where variable_name in (${names})`)) as [{ Value: string }[]]
    return rows.reduce((sum, { Value }) => sum + Number(Value), 0)
  }
  const [first, second] = [await rowsRead(), await rowsRead()]
  const request = claimRequest({ limit: 5, queues: [{ name: 'default', limit: 5, ...(types && { types }) }] })
  expect((await claiming.claimJobs(request)).jobs).toHaveLength(5)
  const read = (await rowsRead()) - second - (second - first)
  expect(read).toBeGreaterThanOrEqual(5)
  expect(read).toBeLessThan(50)
  await claiming.close()
  await knex.destroy()
})
