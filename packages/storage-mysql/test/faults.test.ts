import { afterAll, describe, expect, it } from 'vitest'
import type { PoolConnection, RowDataPacket } from 'mysql2/promise'
import { TestDatabase, url } from './database.js'
import { claimRequest, newJob, newJobs } from './jobs.js'

const database = new TestDatabase()
afterAll(() => database.dispose())

/**
 * Ends on the server's side all connections that stand in a statement on the tables of these tests, but for the one that holds the lock:
 * MariaDB may list its statement for an instant after it was answered.
 */
async function killBusy(holder: PoolConnection): Promise<number> {
  const [rows] = await database.pool.query<RowDataPacket[]>(
    `select id from information_schema.processlist where info like ? and id not in (connection_id(), ?)`,
    [`%${database.prefix}%`, holder.threadId],
  )
  for (const { id } of rows as { id: number }[]) await database.pool.query('kill ?', [id])
  return rows.length
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000
  while (!(await isTrue())) if (performance.now() > end) throw new Error('it did not become true within 10 s')
}

describe('a lost connection', () => {
  it('is told as UNAVAILABLE, nothing written of a transaction that was not committed', async () => {
    const storage = await database.empty()
    const [job] = newJobs(1)
    if (!job) throw new Error('one job was made')
    await storage.insertJobs([job])
    const holder = await database.pool.getConnection()
    try {
      await holder.beginTransaction()
      await holder.query(`select id from ${database.prefix}jobs where id = ? for update`, [job.id])
      const call = storage.updateJobs([{ id: job.id, from: ['pending'], set: { priority: 9 } }])
      const outcome = call.then(
        () => undefined,
        (error: unknown) => error,
      )
      await until(async () => (await killBusy(holder)) > 0)
      expect(await outcome).toMatchObject({ code: 'UNAVAILABLE', retryable: true, applied: 'no' })
    } finally {
      await holder.rollback()
      holder.release()
    }
    expect(await storage.updateJobs([{ id: job.id, from: ['pending'], set: { priority: 9 } }])).toEqual(['updated'])
  })

  it('is told with an unknown outcome for a statement that commits by itself', async () => {
    const storage = await database.empty()
    await storage.insertJobs([newJob()])
    const [row] = (await storage.claimJobs(claimRequest())).jobs
    if (!row) throw new Error('it was pending')
    const mark = { id: row.id, claimId: row.claimId ?? '', progress: 'half' }
    const holder = await database.pool.getConnection()
    try {
      await holder.beginTransaction()
      await holder.query(`select id from ${database.prefix}jobs where id = ? for update`, [row.id])
      const outcome = storage.markJobs([mark]).then(
        () => undefined,
        (error: unknown) => error,
      )
      await until(async () => (await killBusy(holder)) > 0)
      expect(await outcome).toMatchObject({ code: 'UNAVAILABLE', applied: 'unknown' })
    } finally {
      await holder.rollback()
      holder.release()
    }
    expect(await storage.markJobs([mark])).toEqual([true])
  })

  it('that lay idle in the pool is replaced unnoticed', async () => {
    await database.empty()
    const storage = database.open({ url, pool: { max: 1 } })
    const [connection] = await storage.transaction(async (tx) => tx.select<{ id: number }[]>(tx.raw('connection_id() as id')))
    const id = connection?.id
    await database.pool.query('kill ?', [id])
    await until(async () => {
      const [left] = await database.pool.query<RowDataPacket[]>('select id from information_schema.processlist where id = ?', [id])
      return left.length === 0
    })
    expect(await storage.findJobs({}, { limit: 1 })).toEqual([])
  })
})

describe('a call that takes too long', () => {
  it('ends with TIMEOUT, and its connection with it', async () => {
    const watcher = await database.empty()
    const job = newJob()
    await watcher.insertJobs([job])
    const storage = database.open({ url, callTimeout: 400, pool: { max: 1 } })
    await storage.describe()
    const holder = await database.pool.getConnection()
    try {
      await holder.beginTransaction()
      await holder.query(`select id from ${database.prefix}jobs where id = ? for update`, [job.id])
      const started = performance.now()
      await expect(storage.deleteJobs([job.id])).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true })
      expect(performance.now() - started).toBeLessThan(3_000)
      expect(await storage.serverTime()).toBeGreaterThan(0)
    } finally {
      await holder.rollback()
      holder.release()
    }
    expect(await watcher.findJobs({ ids: [job.id] }, { limit: 1 })).toHaveLength(1)
  })

  it('leaves nothing behind on the server while a table is locked, and lets calls on other tables proceed', async () => {
    await database.empty()
    const storage = database.open({ url, callTimeout: 1_500 })
    await storage.describe()
    const waiting = `select id from information_schema.processlist where info like '%${database.prefix}jobs%' and id <> connection_id()`
    const holder = await database.pool.getConnection()
    try {
      await holder.query(`lock tables ${database.prefix}jobs write`)
      const calls = [1, 2, 3, 4].map((n) => storage.deleteJobs([`none-${n}`]))
      expect(await storage.findQueues()).toEqual([])
      for (const { status, reason } of (await Promise.allSettled(calls)) as PromiseRejectedResult[]) {
        expect([status, (reason as { code: string }).code]).toEqual(['rejected', expect.stringMatching(/^(CONTENTION|TIMEOUT)$/)])
      }
      await until(async () => (await database.pool.query<RowDataPacket[]>(waiting))[0].length === 0)
    } finally {
      await holder.query('unlock tables')
      holder.release()
    }
    expect(await storage.deleteJobs(['none'])).toEqual([])
  })

  it('closes although a call is under way', async () => {
    const watcher = await database.empty()
    const job = newJob()
    await watcher.insertJobs([job])
    const storage = database.open({ url, callTimeout: 500 })
    const holder = await database.pool.getConnection()
    try {
      await holder.beginTransaction()
      await holder.query(`select id from ${database.prefix}jobs where id = ? for update`, [job.id])
      const outcome = storage.deleteJobs([job.id]).catch((error: unknown) => error)
      await storage.close()
      expect(await outcome).toMatchObject({ name: 'StorageError' })
    } finally {
      await holder.rollback()
      holder.release()
    }
  })
})

describe('a wrong URL', () => {
  const change = (part: 'password' | 'pathname' | 'hostname', value: string): string => {
    const other = new URL(url)
    other[part] = value
    return other.href
  }
  const wrong: Record<string, [string, string]> = {
    'with a wrong password': [change('password', 'wrong'), 'FORBIDDEN'],
    'of a database that is not there': [change('pathname', '/dbjobq_no_such_database'), 'UNAVAILABLE'],
    'of a host that is not there': [change('hostname', 'host.invalid'), 'UNAVAILABLE'],
  }
  for (const [what, [to, code]] of Object.entries(wrong)) {
    it(`${what} is told as ${code}`, async () => {
      await expect(database.open({ url: to }).describe()).rejects.toMatchObject({ name: 'StorageError', code, applied: 'no' })
    })
  }
})
