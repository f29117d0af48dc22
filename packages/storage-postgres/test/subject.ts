import { fileURLToPath } from 'node:url'
import type { RunInTransaction, Subject } from '@dbjobq/storage-conformance'
import { PostgresStorage } from '@dbjobq/storage-postgres'
import knexOf from 'knex'
import { execute, freshName, url, withClient } from './database.js'

/** Of one test file. */
export function newSubject() {
  const schema = freshName()
  const knex = knexOf({ client: 'pg', connection: url })
  process.env.DBJOBQ_TEST_POSTGRES_SCHEMA = schema

  async function remove(): Promise<void> {
    await knex.destroy()
    await execute(`drop schema if exists ${schema} cascade`)
  }

  const inPg: RunInTransaction = (work) =>
    withClient(async (client) => {
      await client.query('begin')
      const answer = await work(client, (statement) => client.query(statement))
      await client.query('commit')
      return answer
    })

  /** Where the schema is whole its rows go, which is quicker; else all of it. */
  const reset = () =>
    withClient(async (client) => {
      const versions = await client.query<{ version: number }>(`select version from ${schema}.dbjobq_migrations order by 1`).then(
        ({ rows }) => rows.map(({ version }) => version),
        () => [],
      )
      const isWhole = versions.length > 0 && versions.every((version, index) => version === index + 1)
      const tables = ['jobs', 'workers', 'queues', 'states'].map((table) => `${schema}.dbjobq_${table}`)
      await client.query(isWhole ? tables.map((table) => `delete from ${table};`).join('\n') : `drop schema if exists ${schema} cascade`)
    })

  const subject: Subject = {
    module: fileURLToPath(new URL('open-storage.mjs', import.meta.url)),
    open: () => Promise.resolve(new PostgresStorage({ url, schema })),
    reset,
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
  }

  return { subject, remove }
}
