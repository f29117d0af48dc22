import { claimRequest, newJobs } from '@dbjobq/storage-conformance/factories'
import { PostgresStorage } from '@dbjobq/storage-postgres'
import { afterAll, expect, it } from 'vitest'
import { execute, freshName, url, withClient } from './database.js'

const schema = freshName()
afterAll(() => execute(`drop schema if exists ${schema} cascade`))

interface Statistics {
  inserted: number
  updated: number
  read: number
}

/** A connection tells its counts when it ends at the latest, and then all at once. */
function statistics(isThere: (counts: Statistics) => boolean): Promise<Statistics> {
  return withClient(async (client) => {
    for (;;) {
      const { rows } = await client.query<Statistics>(`
        select n_tup_ins::integer as inserted, n_tup_upd::integer as updated, (seq_tup_read + idx_tup_fetch + (
          select sum(idx_tup_read) from pg_stat_user_indexes as indexes where indexes.relid = tables.relid))::integer as read
        from pg_stat_user_tables as tables where schemaname = '${schema}' and relname = 'dbjobq_jobs'`)
      const [counts] = rows
      if (counts && isThere(counts)) return counts
      await client.query('select pg_sleep(0.1)')
    }
  })
}

it.each([undefined, ['noop']])('a claim meets no scheduled job on its way, by the types %j', async (types) => {
  await execute(`drop schema if exists ${schema} cascade`)
  const storage = new PostgresStorage({ url, schema })
  await storage.migrate()
  for (let left = 5; left > 0; left--) await storage.insertJobs(newJobs(1_000, { status: 'scheduled', priority: 100, runAt: 0 }))
  await storage.insertJobs(newJobs(10))
  await storage.close()
  const before = await statistics(({ inserted }) => inserted === 5_010)
  const claiming = new PostgresStorage({ url, schema })
  const request = claimRequest({ limit: 5, queues: [{ name: 'default', limit: 5, ...(types && { types }) }] })
  expect((await claiming.claimJobs(request)).jobs).toHaveLength(5)
  await claiming.close()
  const after = await statistics(({ updated }) => updated === 5)
  expect(after.read - before.read).toBeGreaterThanOrEqual(5)
  expect(after.read - before.read).toBeLessThan(100)
})
