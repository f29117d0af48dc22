import { MongoStorage } from '@dbjobq/storage-mongo'

/** What another process opens; the parent names the server and the database. */
export function open() {
  return Promise.resolve(new MongoStorage({ url: process.env.DBJOBQ_MONGO_URL, database: process.env.DBJOBQ_TEST_MONGO_DATABASE }))
}
