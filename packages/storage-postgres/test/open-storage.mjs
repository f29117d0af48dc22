import { PostgresStorage } from '@dbjobq/storage-postgres'

/** What another process opens; the parent names the server and the schema. */
export function open() {
  return Promise.resolve(
    new PostgresStorage({ url: process.env.DBJOBQ_POSTGRES_URL, schema: process.env.DBJOBQ_TEST_POSTGRES_SCHEMA, pool: { max: 4 } }),
  )
}
