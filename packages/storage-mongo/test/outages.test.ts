import { fileURLToPath } from 'node:url'
import { outageCases, runOwnServer, testStorage, type Outages, type Subject } from '@dbjobq/storage-conformance'
import { MongoStorage } from '@dbjobq/storage-mongo'
import { MongoClient } from 'mongodb'
import { afterAll, describe, it } from 'vitest'
import { isReplicaSet, temporaryDatabase, url as given } from './database.js'
import { lossyProxy } from './lossy-proxy.js'

const program = fileURLToPath(new URL('../../../scripts/servers/own.mjs', import.meta.url))
const name = process.env.DBJOBQ_OWN_SERVER
/** Only where the tests run servers: nobody else's server is killed, nor is another test's. */
const own = name === undefined ? undefined : await runOwnServer(program, name)
const url = own?.url ?? given
const place = temporaryDatabase(url)
const { client, database } = place
const proxy = await lossyProxy(url)
const admin = client.db('admin')

afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await place[Symbol.asyncDispose]()
  await own?.[Symbol.asyncDispose]()
})

function disposing(end: () => Promise<unknown>): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      await end()
    },
  }
}

/** The one member of the set gives up being primary, and is not elected again before it may. */
async function stepDown(): Promise<AsyncDisposable> {
  await admin.command({ replSetStepDown: 60, force: true })
  const direct = new MongoClient(url.replace(/replicaSet=[^&]*/, 'directConnection=true'))
  return disposing(async () => {
    await direct.db('admin').command({ replSetFreeze: 0 })
    await direct.close()
  })
}

/** Every write waits for the server's own lock. */
async function lockWrites(): Promise<AsyncDisposable> {
  await admin.command({ fsync: 1, lock: true })
  return disposing(() => admin.command({ fsyncUnlock: 1 }))
}

/** The server answers every write as one without disk space does. */
async function fillDisk(): Promise<AsyncDisposable> {
  const failCommands = ['insert', 'update', 'delete', 'findAndModify']
  await admin.command({ configureFailPoint: 'failCommand', mode: 'alwaysOn', data: { failCommands, errorCode: 14031, appName: database } })
  return disposing(() => admin.command({ configureFailPoint: 'failCommand', mode: 'off' }))
}

function subject(to: string, outages: Outages): Subject {
  return {
    open: () =>
      Promise.resolve(new MongoStorage({ url: `${to}&appName=${database}&serverSelectionTimeoutMS=500`, database, callTimeout: 2_000 })),
    reset: async () => {
      await client.db(database).dropDatabase()
    },
    transactions: {},
    outages,
  }
}

function cutConnections(): Promise<void> {
  proxy.cut()
  return Promise.resolve()
}

/** Cut between client and server: a proxy is no member of a replica set, so only this case goes by it. */
const cut = outageCases.filter(({ needs }) => needs?.includes('cut-connections'))
await testStorage({ cases: cut, describe, it, ...subject(proxy.url, { cutConnections }) })

await testStorage({
  cases: outageCases.filter((item) => !cut.includes(item)),
  describe,
  it,
  ...subject(url, {
    ...(own && { killServer: own.killServer, lockJobs: lockWrites, fillDisk }),
    ...(own && (await isReplicaSet(client)) && { refuseWrites: stepDown }),
  }),
})
