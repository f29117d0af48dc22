import { fileURLToPath } from 'node:url'
import { outageCases, runOwnServer, testStorage, type OwnServer } from '@dbjobq/storage-conformance'
import { PostgresStorage } from '@dbjobq/storage-postgres'
import { afterAll, describe, it } from 'vitest'
import { freshName, url as given, withClient } from './database.js'

const program = fileURLToPath(new URL('../../../scripts/servers/own.mjs', import.meta.url))
const name = process.env.DBJOBQ_OWN_SERVER
/** Only where the tests run servers: nobody else's server is killed, nor is another test's. */
const own: OwnServer | undefined = name === undefined ? undefined : await runOwnServer(program, name)
const url = own?.url ?? given
const schema = freshName()
/** By which the server knows the connections of these storages. */
const application = new URL(url)
application.searchParams.set('application_name', schema)

/** In effect once the connections that are open by now are closed. */
async function refusing(answer: 'on' | 'off'): Promise<void> {
  const [{ database } = { database: '' }] = await withClient(
    async (client) => (await client.query<{ database: string }>('select current_database() as database')).rows,
    url,
  )
  await withClient(async (client) => {
    await client.query(`set default_transaction_read_only = off`)
    await client.query(`alter database "${database}" set default_transaction_read_only = ${answer}`)
  }, url)
  await cutConnections()
}

const drop = (): Promise<void> =>
  withClient(async (client) => {
    await client.query(`drop schema if exists ${schema} cascade`)
  }, url)

const cutConnections = (): Promise<void> =>
  withClient(async (client) => {
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [schema])
  }, url)

afterAll(async () => {
  await drop()
  await own?.[Symbol.asyncDispose]()
})

await testStorage({
  cases: outageCases,
  describe,
  it,
  open: () => Promise.resolve(new PostgresStorage({ url: application.href, schema, callTimeout: 2_000 })),
  reset: drop,
  transactions: {},
  outages: {
    cutConnections,
    lockJobs: () => locked(),
    smallPool: (max) => new PostgresStorage({ url, schema, pool: { max } }),
    ...(own && {
      killServer: own.killServer,
      refuseWrites: async () => {
        await refusing('on')
        return { [Symbol.asyncDispose]: () => refusing('off') }
      },
    }),
  },
})

async function locked(): Promise<AsyncDisposable> {
  const unlock = Promise.withResolvers<undefined>()
  const isLocked = Promise.withResolvers<undefined>()
  const holding = withClient(async (client) => {
    await client.query(`begin; lock table ${schema}.dbjobq_jobs in access exclusive mode`)
    isLocked.resolve(undefined)
    await unlock.promise
    await client.query('commit')
  }, url)
  await Promise.race([isLocked.promise, holding])
  return {
    [Symbol.asyncDispose]: async () => {
      unlock.resolve(undefined)
      await holding
    },
  }
}
