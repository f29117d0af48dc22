import { fileURLToPath } from 'node:url'
import { outageCases, runOwnServer, testStorage } from '@dbjobq/storage-conformance'
import { MysqlStorage } from '@dbjobq/storage-mysql'
import { createConnection, createPool, type Connection } from 'mysql2/promise'
import { afterAll, describe, it } from 'vitest'
import { dropAll, freshPrefix, url as given } from './database.js'

const program = fileURLToPath(new URL('../../../scripts/servers/own.mjs', import.meta.url))
const name = process.env.DBJOBQ_OWN_SERVER
/** Only where the tests run servers: nobody else's server is killed, nor is another test's. */
const own = name === undefined ? undefined : await runOwnServer(program, name)
const admin = own?.url ?? given
/** Without the right to write on a read-only server, which our own administrator has. */
const url = own ? admin.replace('//dbjobq:', '//dbjobq_plain:') : admin
const prefix = freshPrefix()
/** Of the storages, as the server knows them. */
const threads = new Set<number>()

/** On a connection of its own: the server may have been killed since. */
async function asAdmin<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await createConnection(admin)
  try {
    return await work(connection)
  } finally {
    await connection.end()
  }
}

const cutConnections = (): Promise<void> =>
  asAdmin(async (connection) => {
    const killed = [...threads]
    threads.clear()
    const noSuchThread = 1094
    for (const id of killed) {
      await connection.query('kill ?', [id]).catch((error: unknown) => {
        if ((error as { errno?: number }).errno !== noSuchThread) throw error
      })
    }
  })

async function lockJobs(): Promise<AsyncDisposable> {
  const connection = await createConnection(admin)
  await connection.query(`lock tables ${prefix}jobs write`)
  return { [Symbol.asyncDispose]: () => connection.end() }
}

/** MariaDB has no super_read_only: there read_only holds for all but administrators. */
async function refuseWrites(): Promise<AsyncDisposable> {
  const variable = name?.startsWith('mariadb') ? 'read_only' : 'super_read_only'
  await asAdmin((connection) => connection.query(`set global ${variable} = 1`))
  return {
    [Symbol.asyncDispose]: async () => {
      await asAdmin((connection) => connection.query('set global read_only = 0'))
    },
  }
}

afterAll(async () => {
  const pool = createPool(admin)
  await dropAll(pool, prefix)
  await pool.end()
  await own?.[Symbol.asyncDispose]()
})

await testStorage({
  cases: outageCases,
  describe,
  it,
  open: () => {
    const afterCreate = (connection: { threadId: number }, done: (error: unknown, connection: unknown) => void): void => {
      threads.add(connection.threadId)
      done(null, connection)
    }
    return Promise.resolve(new MysqlStorage({ url, prefix, callTimeout: 2_000, pool: { afterCreate } }))
  },
  reset: async () => {
    const pool = createPool(admin)
    await dropAll(pool, prefix)
    await pool.end()
  },
  transactions: {},
  outages: {
    cutConnections,
    lockJobs,
    smallPool: (max) => new MysqlStorage({ url, prefix, pool: { max } }),
    ...(own && { killServer: own.killServer, refuseWrites }),
  },
})
