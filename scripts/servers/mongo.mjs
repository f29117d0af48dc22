// @ts-check
import { MongoClient } from 'mongodb'
import { mongodBinary } from './mongod-binary.mjs'
import { findFreePort } from './port.mjs'

/**
 * mongod with durable defaults, and with the test commands, so that a test can inject failures (failCommand).
 * @param {'standalone' | 'replicaSet' | 'auth'} kind `auth`: a standalone that asks for a password
 * @returns {import('./catalog.mjs').Starter}
 */
export function mongo(kind) {
  return async ({ keeper, cache, label }) => {
    const { command, env } = await mongodBinary(cache)
    const port = await findFreePort()
    const place = ['--dbpath', keeper.makeFolder(label), '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket']
    const settings = [
      '--wiredTigerCacheSizeGB',
      '0.5',
      '--setParameter',
      'enableTestCommands=1',
      '--setParameter',
      'diagnosticDataCollectionEnabled=false',
    ]
    const member = { standalone: [], replicaSet: ['--replSet', 'rs0', '--oplogSize', '128'], auth: ['--auth'] }[kind]
    const run = () => keeper.start({ name: label, command, env, args: [...place, ...settings, ...member] })
    const direct = `mongodb://127.0.0.1:${String(port)}/dbjobq?directConnection=true`
    if (kind === 'standalone') return { run, url: direct }
    if (kind === 'auth') {
      const url = `mongodb://root:root@127.0.0.1:${String(port)}/dbjobq?directConnection=true&authSource=admin`
      return { run, url, prepare: () => createRoot(direct) }
    }
    return { run, url: `mongodb://127.0.0.1:${String(port)}/dbjobq?replicaSet=rs0`, prepare: () => initiate(direct, port) }
  }
}

/**
 * @param {string} url
 * @param {number} port
 */
async function initiate(url, port) {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 500 })
  try {
    await client.db('admin').command({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host: `127.0.0.1:${String(port)}` }] } })
  } catch (error) {
    if (/** @type {{ codeName?: string }} */ (error).codeName !== 'AlreadyInitialized') throw error
  } finally {
    await client.close()
  }
}

/**
 * From this machine, and while there is no user, a server takes this without a password.
 * @param {string} url
 */
async function createRoot(url) {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 500 })
  try {
    await client.db('admin').command({ createUser: 'root', pwd: 'root', roles: ['root'] })
  } catch (error) {
    if (/** @type {{ codeName?: string }} */ (error).codeName !== 'Unauthorized') throw error
  } finally {
    await client.close()
  }
}
