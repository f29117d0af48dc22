import { fileURLToPath } from 'node:url'
import type { RunInTransaction, Subject } from '@dbjobq/storage-conformance'
import { MongoStorage } from '@dbjobq/storage-mongo'
import { MongoClient } from 'mongodb'
import { isReplicaSet, temporaryDatabase, url } from './database.js'

/** Of one test file. */
export async function newSubject() {
  const place = temporaryDatabase()
  const { client, database } = place
  process.env.DBJOBQ_TEST_MONGO_DATABASE = database
  const db = client.db(database)
  const transactions = await isReplicaSet(client)
  const migrations = db.collection<{ _id: number }>('dbjobq_migrations')

  const remove = () => place[Symbol.asyncDispose]()

  /** Where the schema is whole its documents go: 20 ms where dropping and making it takes 200. Hints are read from the newest on. */
  async function reset(): Promise<void> {
    const versions = await migrations.find({}, { sort: { _id: 1 } }).toArray()
    const isWhole = versions.length > 0 && versions.every(({ _id }, index) => _id === index + 1)
    const collections = ['jobs', 'workers', 'queues', 'states', 'batches']
    if (isWhole) await Promise.all(collections.map((name) => db.collection(`dbjobq_${name}`).deleteMany({})))
    else await db.dropDatabase()
  }

  const inSession: RunInTransaction = async (work) => {
    await using session = client.startSession()
    session.startTransaction()
    const answer = await work(session, () => db.collection('any').findOne({}, { session }))
    await session.commitTransaction()
    return answer
  }

  const subject: Subject = {
    module: fileURLToPath(new URL('open-storage.mjs', import.meta.url)),
    // A session belongs to one client, so the storages of a replica set share that of the transactions.
    open: () => Promise.resolve(new MongoStorage(transactions ? { client, database } : { url, database })),
    reset,
    ...(transactions ? { transactions: { ClientSession: inSession } } : {}),
    savepoints: false,
    handedIn: () => {
      const pool = new MongoClient(url)
      return Promise.resolve({
        storage: new MongoStorage({ client: pool, database }),
        isUsable: async () => (await pool.db(database).command({ ping: 1 })).ok === 1,
        dispose: () => pool.close(),
      })
    },
    unreachable: () => new MongoStorage('mongodb://127.0.0.1:1/app?directConnection=true'),
    setSchemaVersion: async (version) => {
      await migrations.deleteMany({})
      await migrations.insertOne({ _id: version })
    },
  }

  return { subject, remove }
}
