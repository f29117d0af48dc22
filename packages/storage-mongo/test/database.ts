import { randomBytes } from 'node:crypto'
import { MongoClient } from 'mongodb'

export const url = process.env.DBJOBQ_MONGO_URL ?? fail()

/** A client and a database of its own, dropped when disposed of. */
export function temporaryDatabase(on = url): { client: MongoClient; database: string } & AsyncDisposable {
  const database = `dbjobq_test_${randomBytes(6).toString('hex')}`
  const client = new MongoClient(on)
  return {
    client,
    database,
    [Symbol.asyncDispose]: async () => {
      await client.db(database).dropDatabase()
      await client.close()
    },
  }
}

export async function isReplicaSet(client: MongoClient): Promise<boolean> {
  return typeof (await client.db('admin').command({ hello: 1 })).setName === 'string'
}

function fail(): never {
  throw new Error('DBJOBQ_MONGO_URL must name a MongoDB server for these tests')
}
