import { symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { SqliteStorage, type SqliteTransaction } from '@dbjobq/storage-sqlite'
import Database from 'better-sqlite3'
import knexOf from 'knex'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newJob, storageErrorOf } from './factories.js'
import { temporaryFile } from './temporary-file.js'

/** Its JavaScript only; a second native library with the same file open is what is to be refused. */
function anotherCopy(): typeof Database {
  const require = createRequire(import.meta.url)
  const known = Object.entries(require.cache).filter(([path]) => path.includes('better-sqlite3'))
  for (const [path] of known) Reflect.deleteProperty(require.cache, path)
  const copy = require('better-sqlite3') as typeof Database
  Object.assign(require.cache, Object.fromEntries(known))
  return copy
}

describe('transactions', () => {
  let file: ReturnType<typeof temporaryFile>
  let storage: SqliteStorage
  beforeEach(async () => {
    file = temporaryFile()
    storage = new SqliteStorage({ filename: file.filename, callTimeout: 2_000 })
    await storage.migrate()
  })
  afterEach(async () => {
    await storage.close()
    file[Symbol.dispose]()
  })
  const codeOf = async (tx: unknown) => (await storageErrorOf(storage.insertJobs([newJob()], { tx: tx as SqliteTransaction }))).code

  it('refuses a handle on another file, on memory, without a transaction, and a closed one', async () => {
    for (const filename of [join(file.folder, 'another.db'), ':memory:']) {
      const another = new Database(filename)
      another.exec('begin')
      expect(await codeOf(another)).toBe('INVALID_TX')
      another.close()
    }
    const handle = new Database(file.filename)
    expect(await codeOf(handle)).toBe('INVALID_TX')
    handle.exec('begin')
    await storage.insertJobs([newJob()], { tx: handle })
    handle.exec('commit')
    expect(await codeOf(handle)).toBe('INVALID_TX')
    handle.close()
    expect(await codeOf(handle)).toBe('INVALID_TX')
    expect(await storage.findJobs({}, { limit: 10 })).toHaveLength(1)
  })

  it('takes a handle that reached the file by another path', async () => {
    const link = join(file.folder, 'link.db')
    symlinkSync(file.filename, link)
    const handle = new Database(link)
    handle.exec('begin immediate')
    await storage.insertJobs([newJob()], { tx: handle })
    handle.exec('commit')
    handle.close()
    expect(await storage.findJobs({}, { limit: 10 })).toHaveLength(1)
  })

  it('refuses a handle and a Knex of another copy of better-sqlite3', async () => {
    const OtherDatabase = anotherCopy()
    const handle = new OtherDatabase(file.filename)
    handle.exec('begin')
    expect(await codeOf(handle)).toBe('INVALID_TX')
    handle.close()
    const knex = { client: { config: { client: 'better-sqlite3', connection: file.filename }, driver: OtherDatabase } }
    expect(() => new SqliteStorage({ knex })).toThrow(/two copies of better-sqlite3/)
  })

  it('takes a handle that answers integers as BigInt, and leaves it so', async () => {
    const handle = new Database(file.filename)
    handle.defaultSafeIntegers(true)
    handle.exec('begin immediate')
    const job = newJob({ uniqueKey: 'k' })
    expect(await storage.insertJobs([job, newJob({ uniqueKey: 'k' })], { tx: handle })).toEqual([
      { inserted: true, id: job.id },
      { inserted: false, id: job.id },
    ])
    expect(handle.prepare('select 1 as one').get()).toEqual({ one: 1n })
    handle.exec('commit')
    handle.close()
  })

  it('refuses a Knex, a completed Knex transaction, and one on another file', async () => {
    const knex = knexOf({ client: 'better-sqlite3', useNullAsDefault: true, connection: { filename: file.filename } })
    const another = knexOf({ client: 'better-sqlite3', useNullAsDefault: true, connection: { filename: join(file.folder, 'another.db') } })
    expect(await codeOf(knex)).toBe('INVALID_TX')
    const completed = await knex.transaction()
    await completed.commit()
    expect(await codeOf(completed)).toBe('INVALID_TX')
    const elsewhere = await another.transaction()
    expect(await codeOf(elsewhere)).toBe('INVALID_TX')
    await elsewhere.rollback()
    await Promise.all([knex.destroy(), another.destroy()])
  })

  it('takes a savepoint of Knex and rolls back with it', async () => {
    const knex = knexOf({ client: 'better-sqlite3', useNullAsDefault: true, connection: { filename: file.filename } })
    const [outer, inner] = [newJob(), newJob()]
    await knex.transaction(async (tx) => {
      await storage.insertJobs([outer], { tx })
      const nested = tx.transaction(async (savepoint) => {
        await storage.insertJobs([inner], { tx: savepoint })
        throw new Error('on purpose')
      })
      await expect(nested).rejects.toThrow('on purpose')
    })
    expect((await storage.findJobs({}, { limit: 10 })).map(({ id }) => id)).toEqual([outer.id])
    await knex.destroy()
  })

  it('lets other writes of the same storage wait for the end of an asynchronous transaction', async () => {
    const [within, beside, another] = [newJob(), newJob(), newJob()]
    let ended = false
    let waiting: Promise<unknown>[] = []
    await storage.transaction(async (tx) => {
      const seen = (call: Promise<unknown>) => call.then(() => expect(ended).toBe(true))
      waiting = [seen(storage.insertJobs([beside])), seen(storage.transaction((next) => storage.insertJobs([another], { tx: next })))]
      await storage.insertJobs([within], { tx })
      await new Promise((resolve) => setTimeout(resolve, 100))
      expect(await storage.findJobs({}, { limit: 10 })).toEqual([])
      ended = true
    })
    await Promise.all(waiting)
    expect(await storage.findJobs({}, { limit: 10 })).toHaveLength(3)
  })

  it('never fails for what another connection wants to commit between its read and its write', async () => {
    const other = new SqliteStorage(file.filename)
    let beside: Promise<unknown> = Promise.resolve()
    for (let round = 1; round <= 5; round++) {
      await storage.transaction(async (tx) => {
        tx.prepare('select count(*) from dbjobq_jobs').get()
        beside = other.insertJobs([newJob()])
        await new Promise((resolve) => setTimeout(resolve, 30))
        await storage.insertJobs([newJob()], { tx })
      })
      await beside
      expect(await storage.findJobs({}, { limit: 100 })).toHaveLength(2 * round)
    }
    await other.close()
  })

  it('gives a transaction that its caller began deferred the error of SQLite, with nothing written', async () => {
    const own = new Database(file.filename, { timeout: 0 })
    own.exec('begin')
    own.prepare('select count(*) from dbjobq_jobs').get()
    await storage.insertJobs([newJob()])
    await expect(storage.insertJobs([newJob()], { tx: own })).rejects.toMatchObject({ code: 'SQLITE_BUSY_SNAPSHOT' })
    own.exec('rollback')
    own.close()
    expect(await storage.findJobs({}, { limit: 10 })).toHaveLength(1)
  })

  it('rejects a write that is awaited within a transaction without its tx, and rolls back', async () => {
    const impatient = new SqliteStorage({ filename: file.filename, callTimeout: 50 })
    const call = impatient.transaction(async (tx) => {
      await impatient.insertJobs([newJob()], { tx })
      await impatient.insertJobs([newJob()])
    })
    expect((await storageErrorOf(call)).code).toBe('CONTENTION')
    expect(await storage.findJobs({}, { limit: 10 })).toEqual([])
    await impatient.close()
  })

  it('tells when the work ended the transaction itself', async () => {
    const call = storage.transaction((tx) => Promise.resolve(tx.prepare('rollback').run()))
    expect(await storageErrorOf(call)).toMatchObject({ code: 'INVALID_TX', applied: 'unknown' })
  })
})
