import { PostgresStorage } from '@dbjobq/storage-postgres'
import knexOf from 'knex'
import { describe, expect, it } from 'vitest'
import { execute, freshName, url } from './database.js'
import { claim, liveThrough, newJob } from './jobs.js'

const random = freshName().slice(-8)
const odd = [
  ` with "quotes", 'apostrophes'; and -- more`,
  '.dots?[0]\\',
  'ÄÖ'.padEnd(53, 'x'), // 63 bytes in all
]

describe('names', () => {
  it.each(odd)('lives in the schema <random>%s', async (ending) => {
    const schema = `${random}${ending}`
    const storage = new PostgresStorage({ url, schema })
    try {
      await storage.migrate()
      await liveThrough(storage)
      expect(await storage.migrate({ to: 0 })).toMatchObject([{ applied: false }])
    } finally {
      await storage.close()
      await execute(`drop schema if exists "${schema.replaceAll('"', '""')}" cascade`)
    }
  })

  it('keeps storages of one pool apart by schema and by prefix', async () => {
    const [one, other] = [freshName(), freshName()]
    const knex = knexOf({ client: 'pg', connection: url, pool: { min: 0, max: 1 } })
    const storages = [{ schema: one }, { schema: one, prefix: 'other_' }, { schema: other }].map(
      (where) => new PostgresStorage({ knex, ...where }),
    )
    try {
      const jobs = storages.map(() => newJob({ uniqueKey: 'same' }))
      for (const storage of storages) await storage.migrate()
      for (const [index, storage] of storages.entries()) await storage.insertJobs(jobs.slice(index, index + 1))
      for (const [index, storage] of storages.entries()) expect((await claim(storage)).jobs.map(({ id }) => id)).toEqual([jobs[index]?.id])
      await storages[0]?.migrate({ to: 0 })
      await expect(storages[0]?.findWorkers()).rejects.toMatchObject({ code: 'SCHEMA_OUTDATED' })
      expect(await storages[1]?.findJobs({}, { limit: 10 })).toHaveLength(1)
    } finally {
      await knex.destroy()
      await execute(`drop schema if exists ${one} cascade`, `drop schema if exists ${other} cascade`)
    }
  })

  it('gives texts of the migration that run as they stand', async () => {
    const schema = `${random} by hand "`
    const storage = new PostgresStorage({ url, schema })
    try {
      const [step] = await storage.migrate({ dryRun: true })
      await execute(step?.up ?? '')
      expect(await storage.describe()).toMatchObject({ schema: { found: 1, wanted: 1 } })
      await liveThrough(storage)
      await execute(step?.down ?? '')
      expect(await storage.describe()).toMatchObject({ schema: { found: 0 } })
    } finally {
      await storage.close()
      await execute(`drop schema if exists "${schema.replaceAll('"', '""')}" cascade`)
    }
  })
})
