import type { RowDataPacket } from 'mysql2/promise'
import { afterAll, expect, it } from 'vitest'
import { TestDatabase, url } from './database.js'

const database = new TestDatabase()
afterAll(() => database.dispose())

it('lets a migration take longer than callTimeout, and another one that waits for it no longer than that', async () => {
  const [hasty, other] = [database.open({ url, callTimeout: 1_000 }), database.open({ url, callTimeout: 1_000 })]
  await hasty.migrate()
  const holder = await database.pool.getConnection()
  try {
    // Whoever has read the table in an open transaction keeps it from being dropped.
    await holder.beginTransaction()
    await holder.query(`select 1 from ${database.prefix}jobs`)
    const removal = hasty.migrate({ to: 0 })
    removal.catch(() => undefined)
    const secondsWaited = async () => {
      const [rows] = await database.pool.query<RowDataPacket[]>(
        `select time as waited from information_schema.processlist where info like ? and state like '%metadata lock%'`,
        [`drop table%${database.prefix}%`],
      )
      return Number(rows[0]?.waited ?? 0)
    }
    await expect.poll(secondsWaited, { timeout: 20_000 }).toBeGreaterThan(2)
    await expect(other.migrate()).rejects.toMatchObject({ code: 'CONTENTION', retryable: true, applied: 'no' })
    await holder.rollback()
    expect((await removal).every(({ applied }) => !applied)).toBe(true)
  } finally {
    holder.release()
  }
  await other.migrate()
  expect((await hasty.describe()).schema.found).toBe(1)
}, 60_000)
