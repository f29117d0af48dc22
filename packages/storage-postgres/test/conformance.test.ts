import { fileURLToPath } from 'node:url'
import { allCases, contentionCases, modelCases, testStorage, type RunInTransaction } from '@dbjobq/storage-conformance'
import { PostgresStorage } from '@dbjobq/storage-postgres'
import knexOf from 'knex'
import { afterAll, describe, it } from 'vitest'
import { execute, freshName, url, withClient } from './database.js'

const schema = freshName()
const knex = knexOf({ client: 'pg', connection: url })
process.env.DBJOBQ_TEST_POSTGRES_SCHEMA = schema

const inPg: RunInTransaction = (work) =>
  withClient(async (client) => {
    await client.query('begin')
    const answer = await work(client, (statement) => client.query(statement))
    await client.query('commit')
    return answer
  })

afterAll(async () => {
  await knex.destroy()
  await execute(`drop schema if exists ${schema} cascade`)
})

await testStorage({
  cases: [...allCases, ...modelCases(), ...contentionCases],
  describe,
  it,
  module: fileURLToPath(new URL('open-storage.mjs', import.meta.url)),
  open: () => Promise.resolve(new PostgresStorage({ url, schema })),
  reset: () => execute(`drop schema if exists ${schema} cascade`),
  transactions: {
    knex: (work) => knex.transaction((tx) => work(tx, (statement) => tx.raw(statement))),
    pg: inPg,
  },
  handedIn: () => {
    const pool = knexOf({ client: 'pg', connection: url })
    return Promise.resolve({
      storage: new PostgresStorage({ knex: pool, schema }),
      isUsable: async () => (await pool.raw<{ rowCount: number }>('select 1')).rowCount === 1,
      dispose: () => pool.destroy(),
    })
  },
  // A port that nobody listens on: 1 is reserved and needs root.
  unreachable: () => new PostgresStorage('postgres://nobody@127.0.0.1:1/none'),
  setSchemaVersion: (version) =>
    execute(
      `delete from ${schema}.dbjobq_migrations`,
      `insert into ${schema}.dbjobq_migrations (version, name) values (${version}, 'test')`,
    ),
})
