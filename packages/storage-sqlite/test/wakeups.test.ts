import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { newJob } from '@dbjobq/storage-conformance/factories'
import { SqliteStorage } from '@dbjobq/storage-sqlite'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFile } from './temporary-file.js'

const file = temporaryFile()
const storage = new SqliteStorage(file.filename)
const patience = { timeout: 10_000 }

beforeAll(() => storage.migrate())
afterAll(async () => {
  await storage.close()
  file[Symbol.dispose]()
})

describe('wake-ups', () => {
  it('tell each commit of another connection, of this process too', async () => {
    const heard: string[] = []
    const end = await storage.wakeups.listen((hint) => heard.push(hint))
    const database = new Database(file.filename)
    // Some while it is quiet, some while it is written.
    for (const rest of [0, 5, 300, 0, 30, 600]) {
      await new Promise((resolve) => setTimeout(resolve, rest))
      const before = heard.length
      database.exec('insert into dbjobq_queues (name) values (hex(randomblob(8)))')
      await expect.poll(() => heard.length, patience).toBeGreaterThan(before)
    }
    expect(new Set(heard)).toEqual(new Set(['*']))
    await end()
    database.close()
  })

  it('are few however much is written', async () => {
    let count = 0
    const end = await storage.wakeups.listen(() => count++)
    const other = new SqliteStorage(file.filename)
    const start = performance.now()
    for (let n = 0; n < 500; n++) await other.insertJobs([newJob()])
    const longest = performance.now() - start
    await expect.poll(() => count, patience).toBeGreaterThan(0)
    expect(count).toBeLessThan(longest / 20 + 10)
    await end()
    await other.close()
  })

  it('keep no process alive', async () => {
    const script = fileURLToPath(new URL('listen-and-end.mjs', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [script, file.filename], { timeout: 20_000 })
    expect(stdout).toBe('listening\n')
  })
})
