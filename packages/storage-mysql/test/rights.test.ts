import { applicationCases, testStorage } from '@dbjobq/storage-conformance'
import { MysqlStorage } from '@dbjobq/storage-mysql'
import type { RowDataPacket } from 'mysql2/promise'
import { afterAll, describe, expect, it } from 'vitest'
import { TestDatabase, tables, url } from './database.js'
import { newJob } from './jobs.js'

const database = new TestDatabase()
const { pool, prefix } = database
const [grants] = await pool.query<RowDataPacket[]>('show grants')
/** To make another user, and to give it rights. */
const mayGrant = grants.some((row) => /ON \*\.\* .*WITH GRANT OPTION/.test(String(Object.values(row)[0])))

if (mayGrant) await whole()
else it.skip('for a user with fewest rights: not applicable, the user of DBJOBQ_MYSQL_URL may not make another', () => undefined)

async function whole(): Promise<void> {
  const user = prefix.slice(0, 30)
  await database.empty()
  await pool.query(`create user ${user}@'%' identified by 'secret'`)
  for (const table of tables) await pool.query(`grant select, insert, update, delete on ${prefix}${table} to ${user}@'%'`)
  const target = new URL(url)
  Object.assign(target, { username: user, password: 'secret' })
  const open = (): MysqlStorage => new MysqlStorage({ url: target.href, prefix })

  afterAll(async () => {
    await pool.query(`drop user ${user}@'%'`)
    await database.dispose()
  })

  describe('for a user who may only read and write the tables', async () => {
    await testStorage({
      cases: applicationCases,
      describe,
      it,
      open: () => Promise.resolve(open()),
      reset: async () => {
        await database.empty()
      },
      transactions: {},
    })

    it('tells which right is missing as FORBIDDEN', async () => {
      const storage = open()
      await expect(storage.migrate({ to: 0 })).rejects.toMatchObject({ code: 'FORBIDDEN' })
      await pool.query(`revoke insert on ${prefix}jobs from ${user}@'%'`)
      const refusal = { code: 'FORBIDDEN', retryable: false, applied: 'no' }
      await expect(storage.insertJobs([newJob()])).rejects.toMatchObject(refusal)
      await expect(storage.insertJobs([newJob()])).rejects.toThrow(/granted.*INSERT command denied/)
      await storage.close()
    })
  })
}
