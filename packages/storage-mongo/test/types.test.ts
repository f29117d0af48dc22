import type { JobStorage } from '@dbjobq/core/storage'
import type { MongoStorage } from '@dbjobq/storage-mongo'
import type { ClientSession, Db, MongoClient } from 'mongodb'
import { expectTypeOf, it } from 'vitest'

it('takes sessions as tx, and neither a client nor a database', () => {
  type Tx = MongoStorage extends JobStorage<infer T> ? T : never
  expectTypeOf<ClientSession>().toExtend<Tx>()
  expectTypeOf<MongoClient>().not.toExtend<Tx>()
  expectTypeOf<Db>().not.toExtend<Tx>()
})
