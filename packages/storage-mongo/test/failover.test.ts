import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { outageCases, runOwnServer, testStorage, type OwnServer } from '@dbjobq/storage-conformance'
import { MongoStorage } from '@dbjobq/storage-mongo'
import { MongoClient, type Document } from 'mongodb'
import { afterAll, describe, it } from 'vitest'
import { temporaryDatabase } from './database.js'

const program = fileURLToPath(new URL('../../../scripts/servers/own.mjs', import.meta.url))

if (process.env.DBJOBQ_OWN_SERVER === 'mongo-replicaset') await whole()
else it.skip('failover: not applicable, shown on a replica set of three members of our own', () => undefined)

interface Member {
  server: OwnServer
  host: string
  direct: MongoClient
}

async function startMember(): Promise<Member> {
  const server = await runOwnServer(program, 'mongo-member')
  return { server, host: new URL(server.url.replace('mongodb:', 'http:')).host, direct: new MongoClient(server.url) }
}

async function whole(): Promise<void> {
  const members = await Promise.all([startMember(), startMember(), startMember()])
  const [first] = members
  const hosts = members.map(({ host }, _id) => ({ _id, host }))
  // ms; by default an election waits 10 s.
  const settings = { electionTimeoutMillis: 1_500, heartbeatIntervalMillis: 300 }
  await first.direct.db('admin').command({ replSetInitiate: { _id: 'rs0', members: hosts, settings } })
  const url = `mongodb://${hosts.map(({ host }) => host).join(',')}/dbjobq?replicaSet=rs0`
  const place = temporaryDatabase(url)
  const { client, database } = place

  afterAll(async () => {
    await place[Symbol.asyncDispose]()
    for (const { server, direct } of members) {
      await direct.close()
      await server[Symbol.asyncDispose]()
    }
  })

  /** For a moment the others get nothing, so that what the primary writes meanwhile dies with it. */
  async function failOver(): Promise<AsyncDisposable> {
    const { primary } = (await client.db('admin').command({ hello: 1 })) as { primary?: string }
    const lost = members.find(({ host }) => host === primary) ?? assert.fail('there is no primary')
    const others = members.filter((member) => member !== lost)
    const stopReplication = (mode: 'alwaysOn' | 'off') =>
      Promise.all(others.map(({ direct }) => direct.db('admin').command({ configureFailPoint: 'stopReplProducer', mode })))
    await stopReplication('alwaysOn')
    await pause(500)
    const unshared = lost.direct.db(database).collection<Document & { _id: string }>('unshared')
    await unshared.insertOne({ _id: 'a' }, { writeConcern: { w: 1 } })
    await pause(200)
    const dead = await lost.server.killServer()
    await stopReplication('off')
    return {
      [Symbol.asyncDispose]: async () => {
        await dead[Symbol.asyncDispose]()
        // It comes back with them, finds that the others went another way, and rolls back.
        const isRolledBack = () =>
          unshared.findOne({}, { readPreference: 'secondary' }).then(
            (found) => found === null,
            () => false,
          )
        const end = Date.now() + 60_000
        while (!(await isRolledBack())) {
          assert.ok(Date.now() < end, 'nothing was rolled back')
          await pause(200)
        }
      },
    }
  }

  await testStorage({
    cases: outageCases.filter(({ id }) => id === 'outage/failover'),
    describe,
    it,
    open: () => Promise.resolve(new MongoStorage({ url, database, callTimeout: 2_000 })),
    reset: async () => {
      await client.db(database).dropDatabase()
    },
    transactions: {},
    outages: { failOver },
  })
}
