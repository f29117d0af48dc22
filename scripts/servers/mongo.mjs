// @ts-check
import { randomBytes } from 'node:crypto'
import { chownSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { serverUser } from './home.mjs'
import { mongodBinary } from './mongod-binary.mjs'
import { findFreePort } from './port.mjs'

/**
 * mongod with durable defaults, and with the test commands, so that a test can inject failures (failCommand).
 * @param {'standalone' | 'replicaSet' | 'member' | 'auth' | 'replicaSetAuth'} kind `auth`: that asks for a password; `member`: of a set that somebody else initiates
 * @returns {import('./catalog.mjs').Starter}
 */
export function mongo(kind) {
  return async ({ keeper, cache, label }) => {
    const { command, env } = await mongodBinary(cache)
    const port = await findFreePort()
    const folder = keeper.makeFolder(label)
    const place = ['--dbpath', folder, '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket']
    const settings = [
      '--wiredTigerCacheSizeGB',
      '0.5',
      '--setParameter',
      'enableTestCommands=1',
      '--setParameter',
      'diagnosticDataCollectionEnabled=false',
    ]
    const set = kind === 'standalone' || kind === 'auth' ? [] : ['--replSet', 'rs0', '--oplogSize', '128']
    // The members of a set that asks for passwords know each other by a key.
    const auth = kind === 'auth' ? ['--auth'] : kind === 'replicaSetAuth' ? ['--keyFile', writeKey(folder)] : []
    const run = () => keeper.start({ name: label, command, env, args: [...place, ...settings, ...set, ...auth] })
    const direct = `mongodb://127.0.0.1:${String(port)}/dbjobq?directConnection=true`
    if (kind === 'standalone' || kind === 'member') return { run, url: direct }
    const url = kind === 'auth' ? direct : `mongodb://127.0.0.1:${String(port)}/dbjobq?replicaSet=rs0`
    const prepare = async () => {
      if (kind !== 'auth') await initiate(direct, port)
      if (kind !== 'replicaSet') await createRoot(direct)
    }
    return { run, url: kind === 'replicaSet' ? url : `${url.replace('//', '//root:root@')}&authSource=admin`, prepare }
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
    // Where it was done before: asked again without a password, a server that has a user refuses to say more.
    if (!['AlreadyInitialized', 'Unauthorized'].includes(/** @type {{ codeName?: string }} */ (error).codeName ?? '')) throw error
  } finally {
    await client.close()
  }
}

/** @param {string} folder of the server */
function writeKey(folder) {
  const file = join(folder, 'key')
  writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o400 })
  const { uid, gid } = serverUser()
  if (uid !== undefined && gid !== undefined) chownSync(file, uid, gid)
  return file
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
