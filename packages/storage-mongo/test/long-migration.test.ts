import { MongoStorage } from '@dbjobq/storage-mongo'
import { MongoClient } from 'mongodb'
import { expect, it } from 'vitest'
import { isReplicaSet, temporaryDatabase, url } from './database.js'
import { newJob } from './jobs.js'

const client = new MongoClient(url)
const hasTransactions = await isReplicaSet(client)
await client.close()

// A standalone has nothing that holds a collection for long: only an open transaction makes an index wait.
it.skipIf(!hasTransactions)(
  'lets a migration take longer than callTimeout',
  async () => {
    await using place = temporaryDatabase()
    const { client, database } = place
    const db = client.db(database)
    // Of a collection that is not empty, the index waits for whoever writes to it.
    await db.collection('dbjobq_jobs').insertOne({ some: 'document' })
    const storage = new MongoStorage({ url, database, callTimeout: 500 })
    const session = client.startSession()
    session.startTransaction()
    await db.collection('dbjobq_jobs').insertOne({ another: 'document' }, { session })
    const migrated = storage.migrate()
    migrated.catch(() => undefined)
    const waiting = { 'command.createIndexes': 'dbjobq_jobs', 'command.$db': database, microsecs_running: { $gt: 1_500_000 } }
    const waits = () =>
      client
        .db('admin')
        .aggregate([{ $currentOp: {} }, { $match: waiting }])
        .toArray()
    await expect.poll(waits, { timeout: 20_000 }).toHaveLength(1)
    await session.abortTransaction()
    await session.endSession()
    expect((await migrated).every(({ applied }) => applied)).toBe(true)
    await db.collection('dbjobq_jobs').deleteMany({})
    expect(await storage.insertJobs([newJob()])).toHaveLength(1)
    await storage.close()
  },
  60_000,
)
