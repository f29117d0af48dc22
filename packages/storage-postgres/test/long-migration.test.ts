import { PostgresStorage } from '@dbjobq/storage-postgres'
import type { Client } from 'pg'
import { afterAll, expect, it } from 'vitest'
import { execute, freshName, url, withClient } from './database.js'

const schema = freshName()
const hasty = new PostgresStorage({ url, schema, callTimeout: 300 })
const other = new PostgresStorage({ url, schema, callTimeout: 300 })

afterAll(async () => {
  await Promise.all([hasty.close(), other.close()])
  await execute(`drop schema if exists ${schema} cascade`)
})

/** Of the statement that waits for the table, s; 0 while none does. */
async function secondsWaited(client: Client): Promise<number> {
  const { rows } = await client.query<{ waited: number }>(
    `select extract(epoch from clock_timestamp() - query_start)::float as waited from pg_stat_activity
     where pid in (select pid from pg_locks where relation = '${schema}.dbjobq_jobs'::regclass and not granted)`,
  )
  return rows[0]?.waited ?? 0
}

it('lets a migration take longer than callTimeout, and another one that waits for it no longer than that', async () => {
  await hasty.migrate()
  await withClient(async (client) => {
    await client.query(`begin; lock table ${schema}.dbjobq_jobs in access share mode`)
    const removal = hasty.migrate({ to: 0 })
    await expect.poll(() => secondsWaited(client), { timeout: 20_000 }).toBeGreaterThan(1)
    await expect(other.migrate()).rejects.toMatchObject({ code: 'CONTENTION', retryable: true, applied: 'no' })
    await client.query('commit')
    expect((await removal).every(({ applied }) => !applied)).toBe(true)
  })
  await other.migrate()
  expect((await hasty.describe()).schema.found).toBe(1)
}, 60_000)
