import { fileURLToPath } from 'node:url'
import { applicationCases, runOwnServer, testStorage } from '@dbjobq/storage-conformance'
import { MongoStorage } from '@dbjobq/storage-mongo'
import { afterAll, describe, expect, it } from 'vitest'
import { temporaryDatabase } from './database.js'
import { newJob } from './jobs.js'

const program = fileURLToPath(new URL('../../../scripts/servers/own.mjs', import.meta.url))

/** Rights are only looked at by a server that asks for passwords. */
const name = { 'mongo-standalone': 'mongo-auth', 'mongo-replicaset': 'mongo-replicaset-auth' }[process.env.DBJOBQ_OWN_SERVER ?? '']
if (name !== undefined) await whole(name)
else it.skip('for a user with fewest rights: not applicable, shown on servers of our own that ask for passwords', () => undefined)

async function whole(name: string): Promise<void> {
  const own = await runOwnServer(program, name)
  const place = temporaryDatabase(own.url)
  const db = place.client.db(place.database)
  const admin = new MongoStorage({ client: place.client, database: place.database })
  await admin.migrate()
  const collections = ['jobs', 'workers', 'queues', 'states', 'batches', 'hints', 'migrations'].map((name) => `dbjobq_${name}`)
  const privileges = (actions: string[]) => collections.map((collection) => ({ resource: { db: place.database, collection }, actions }))
  await db.command({ createRole: 'app', privileges: privileges(['find', 'insert', 'update', 'remove']), roles: [] })
  await db.command({ createUser: 'app', pwd: 'secret', roles: ['app'] })
  const url = own.url.replace('root:root', 'app:secret').replace('authSource=admin', `authSource=${place.database}`)
  const open = (): MongoStorage => new MongoStorage({ url, database: place.database })

  afterAll(async () => {
    await db.command({ dropAllUsersFromDatabase: 1 })
    await place[Symbol.asyncDispose]()
    await own[Symbol.asyncDispose]()
  })

  describe('for a user who may only read and write the collections', async () => {
    await testStorage({
      cases: applicationCases,
      describe,
      it,
      open: () => Promise.resolve(open()),
      reset: async () => {
        for (const name of ['jobs', 'workers', 'queues', 'states', 'batches']) await db.collection(`dbjobq_${name}`).deleteMany({})
      },
      savepoints: false,
    })

    it('tells which right is missing as FORBIDDEN', async () => {
      const storage = open()
      await storage.describe()
      await db.command({ revokePrivilegesFromRole: 'app', privileges: privileges(['insert']) })
      await expect(storage.insertJobs([newJob()])).rejects.toMatchObject({ code: 'FORBIDDEN', retryable: false, applied: 'no' })
      await expect(storage.insertJobs([newJob()])).rejects.toThrow(/a right is missing.*not authorized.*insert/)
      // Last, since it is not one transaction: the version is forgotten before a collection is refused.
      await expect(storage.migrate({ to: 0 })).rejects.toMatchObject({ code: 'FORBIDDEN' })
      await storage.close()
    })
  })
}
