import { MongoStorage } from '@dbjobq/storage-mongo'
import { describe, expect, it } from 'vitest'
import { temporaryDatabase, url } from './database.js'
import { newJob } from './jobs.js'

describe('schema', { timeout: 30_000 }, () => {
  it('keeps two prefixes in one database apart', async () => {
    await using place = temporaryDatabase()
    const { client, database } = place
    const [one, two] = [new MongoStorage({ url, database, prefix: 'app_' }), new MongoStorage({ client, database, prefix: 'app_two_' })]
    await one.migrate()
    await expect(two.findJobs({}, { limit: 1 })).rejects.toMatchObject({ code: 'SCHEMA_OUTDATED' })
    await two.migrate()
    const job = newJob({ uniqueKey: 'k' })
    expect(await one.insertJobs([job])).toEqual([{ inserted: true, id: job.id }])
    expect(await two.insertJobs([job])).toEqual([{ inserted: true, id: job.id }])
    await one.migrate({ to: 0 })
    expect(await two.findJobs({}, { limit: 5 })).toHaveLength(1)
    const left = await client.db(database).listCollections({}, { nameOnly: true }).toArray()
    expect(left.every(({ name }) => name.startsWith('app_two_'))).toBe(true)
    await one.close()
    await two.close()
  })

  it('is made and removed by the texts of its migrations too', async () => {
    await using place = temporaryDatabase()
    const { client, database } = place
    const storage = new MongoStorage({ client, database })
    const run = async (text: string) => {
      for (const line of text.split('\n')) {
        const [, command] = /^db\.runCommand\((.*)\)$/.exec(line) ?? []
        await client.db(database).command(JSON.parse(command ?? '') as Record<string, unknown>)
      }
    }
    const [migration] = await storage.migrate({ dryRun: true })
    await run(migration?.up ?? '')
    expect((await storage.describe()).schema).toEqual({ found: 1, wanted: 1 })
    const answers = await storage.insertJobs([newJob({ uniqueKey: 'k' }), newJob({ uniqueKey: 'k' })])
    expect(answers.map(({ inserted }) => inserted)).toEqual([true, false])
    await run(migration?.down ?? '')
    expect(await client.db(database).listCollections().toArray()).toEqual([])
  })

  it('reads at most as many index entries as it answers jobs, for a claim, a promotion and a list of one status', async () => {
    await using place = temporaryDatabase()
    const { client, database } = place
    const storage = new MongoStorage({ client, database })
    await storage.migrate()
    await storage.insertJobs(Array.from({ length: 200 }, (_, index) => newJob({ status: index % 2 ? 'pending' : 'scheduled' })))
    const jobs = client.db(database).collection('dbjobq_jobs')
    const finds = [
      jobs.find({ status: 'pending', queue: 'default' }, { sort: { priority: -1, runAt: 1, _id: 1 }, limit: 10 }),
      jobs.find({ status: 'scheduled' }, { sort: { runAt: 1, _id: 1 }, limit: 10 }),
      jobs.find({ status: { $in: ['pending'] } }, { sort: { _id: 1 }, limit: 10 }),
      jobs.find({ uniqueKey: { $in: ['absent'], $type: 'string' } }, { limit: 10 }),
      jobs.find({ deleteAt: { $gte: Number.MIN_SAFE_INTEGER, $lte: 5 }, finishedAt: { $ne: null } }, { sort: { deleteAt: 1 }, limit: 10 }),
    ]
    for (const find of finds) {
      const { executionStats } = (await find.explain('executionStats')) as {
        executionStats: { totalKeysExamined: number; totalDocsExamined: number }
      }
      expect(executionStats.totalKeysExamined).toBeLessThanOrEqual(11)
      expect(executionStats.totalDocsExamined).toBeLessThanOrEqual(10)
    }
  })
})
