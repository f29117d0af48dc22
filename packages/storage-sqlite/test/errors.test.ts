import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SqliteStorage } from '@dbjobq/storage-sqlite'
import { tableNames } from '@dbjobq/storage-sql'
import { describe, expect, it } from 'vitest'
import { openConnection } from '../src/connection.js'
import { insertJobs } from '../src/statements/insert.js'
import { Turns } from '../src/turns.js'
import { Writer } from '../src/writer.js'
import { newJob, newJobs, storageErrorOf } from './factories.js'
import { temporaryFile } from './temporary-file.js'

describe('errors', () => {
  it('tells a folder that does not exist', async () => {
    using file = temporaryFile()
    const error = await storageErrorOf(new SqliteStorage(join(file.folder, 'none', 'jobs.db')).describe())
    expect(error).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
    expect(error.message).toContain('folder of the database file does not exist')
  })

  it('tells a folder in the place of the file', async () => {
    using file = temporaryFile()
    mkdirSync(file.filename)
    expect(await storageErrorOf(new SqliteStorage(file.filename).describe())).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
  })

  it('tells a file that is no database, and leaves it as it is', async () => {
    using file = temporaryFile()
    writeFileSync(file.filename, 'these are notes, not a database\n'.repeat(200))
    const error = await storageErrorOf(new SqliteStorage(file.filename).migrate())
    expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: false, applied: 'no' })
    expect(error.message).toContain('not an SQLite database')
  })

  it('reads a file that it may not write, and tells READ_ONLY when it should write', async () => {
    using file = temporaryFile()
    const storage = new SqliteStorage(file.filename)
    await storage.migrate()
    await storage.close()
    chmodSync(file.filename, 0o444)
    chmodSync(file.folder, 0o777)
    expect(tellOutcomes(file.filename)).toEqual({ describe: 'ok', findJobs: 'ok', insertJobs: 'READ_ONLY' })
  })

  it('tells that its file was deleted, for reads and writes, and makes no new one', async () => {
    using file = temporaryFile()
    const storage = new SqliteStorage(file.filename)
    await storage.migrate()
    remove(file.filename)
    for (const call of [
      () => storage.insertJobs([newJob()]),
      () => storage.findJobs({}, { limit: 1 }),
      () => storage.migrate(),
      () => storage.transaction(() => Promise.resolve()),
    ]) {
      const error = await storageErrorOf(call())
      expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: true, applied: 'no' })
      expect(error.message).toContain('moved or deleted')
    }
    expect(existsSync(file.filename)).toBe(false)
    await storage.close()
  })

  it('goes on with the file that was put in the place of its own, and hears what is written there', async () => {
    using file = temporaryFile()
    const storage = new SqliteStorage(file.filename)
    await storage.migrate()
    const backup = join(file.folder, 'backup.db')
    await storage.close()
    copyFileSync(file.filename, backup)

    const working = new SqliteStorage(file.filename)
    let heard = 0
    await working.wakeups.listen(() => {
      heard++
    })
    await working.insertJobs([newJob()])
    remove(file.filename)
    copyFileSync(backup, file.filename)
    expect(await working.findJobs({}, { limit: 1 })).toEqual([])
    const job = newJob()
    expect(await working.insertJobs([job])).toEqual([{ inserted: true, id: job.id }])

    const other = new SqliteStorage(file.filename)
    expect(await other.findJobs({}, { limit: 2 })).toHaveLength(1)
    heard = 0
    await other.insertJobs([newJob()])
    await expect.poll(() => heard, { timeout: 5_000 }).toBeGreaterThan(0)
    await Promise.all([working.close(), other.close()])
  })

  it('tells SCHEMA_OUTDATED where an empty database was put in the place of its file', async () => {
    using file = temporaryFile()
    const storage = new SqliteStorage(file.filename)
    await storage.migrate()
    remove(file.filename)
    writeFileSync(file.filename, '')
    expect(await storageErrorOf(storage.insertJobs([newJob()]))).toMatchObject({ code: 'SCHEMA_OUTDATED', applied: 'no' })
    await storage.close()
  })

  it('tells a full disk, writes nothing, and goes on when there is room again', async () => {
    using file = temporaryFile()
    const storage = new SqliteStorage(file.filename)
    await storage.migrate()
    const connection = openConnection({ filename: file.filename, tables: tableNames(), callTimeout: 1_000, synchronous: 'NORMAL' })
    const pages = connection.database.pragma('page_count', { simple: true }) as number
    connection.database.pragma(`max_page_count = ${pages + 4}`)
    const writer = new Writer(() => connection, new Turns(), 1_000)
    const [small, large] = [[newJob()], newJobs(500, { data: 'x'.repeat(1_000) })]
    const [kept, refused] = await Promise.allSettled([small, large].map((jobs) => writer.write((on) => insertJobs(on, jobs))))
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'STORAGE_FULL', retryable: true, applied: 'no' } })
    expect(kept?.status).toBe('fulfilled')
    expect(await storage.findJobs({}, { limit: 10 })).toHaveLength(1)
    connection.database.pragma('max_page_count = 1000000')
    expect(await writer.write((on) => insertJobs(on, large))).toHaveLength(500)
    expect(connection.database.pragma('integrity_check', { simple: true })).toBe('ok')
    connection.close()
    await storage.close()
  })

  it('rejects the call that fails and not those that share its commit', async () => {
    using file = temporaryFile()
    const storage = new SqliteStorage(file.filename)
    await storage.migrate()
    const [first, last] = newJobs(2)
    const broken = { ...newJob(), data: {} as unknown as string }
    const outcomes = await Promise.allSettled([[first], [broken], [last]].map((jobs) => storage.insertJobs(jobs as never)))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(outcomes[1]).toMatchObject({ reason: { code: 'STORAGE_FAILED', applied: 'no' } })
    expect((await storage.findJobs({}, { limit: 10 })).map(({ id }) => id)).toEqual([first?.id, last?.id].toSorted())
    await storage.close()
  })
})

function remove(filename: string): void {
  for (const ending of ['', '-wal', '-shm']) rmSync(filename + ending, { force: true })
}

function tellOutcomes(filename: string): unknown {
  const module = fileURLToPath(new URL('tell-outcomes.mjs', import.meta.url))
  const { stdout, stderr } = spawnSync(process.execPath, [module, filename], { encoding: 'utf8' })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}
