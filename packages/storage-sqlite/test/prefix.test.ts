import { SqliteStorage } from '@dbjobq/storage-sqlite'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { newJob } from './factories.js'
import { temporaryFile } from './temporary-file.js'

describe('prefix', () => {
  it('keeps two storages in one file apart, and a migration down takes only its own', async () => {
    using file = temporaryFile()
    const { filename } = file
    const [one, other] = [new SqliteStorage({ filename, prefix: '1_' }), new SqliteStorage({ filename, prefix: 'Other' })]
    await one.migrate()
    expect((await other.describe()).schema.found).toBe(0)
    await other.migrate()
    const job = newJob({ uniqueKey: 'k' })
    await one.insertJobs([job])
    await one.putQueue({ name: 'default', pausedAt: 1, settings: null })
    expect(await other.findJobs({}, { limit: 10 })).toEqual([])
    expect(await other.insertJobs([job])).toEqual([{ inserted: true, id: job.id }])
    expect((await other.claimJobs({ claimId: 'c', workerId: 'w', limit: 1, queues: [{ name: 'default', limit: 1 }] })).jobs).toHaveLength(1)
    await one.migrate({ to: 0 })
    expect(await other.findJobs({}, { limit: 10 })).toHaveLength(1)
    const database = new Database(filename)
    const left = database.prepare<[], { name: string }>("select name from sqlite_schema where name like '1~_%' escape '~'").all()
    expect(left).toEqual([])
    database.close()
    await one.close()
    await other.close()
  })
})
