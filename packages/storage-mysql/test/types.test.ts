import type { MysqlTransaction } from '@dbjobq/storage-mysql'
import type { Knex } from 'knex'
import type { Connection, Pool, PoolConnection } from 'mysql2'
import type { Connection as PromiseConnection, Pool as PromisePool } from 'mysql2/promise'
import { expectTypeOf, it } from 'vitest'

it('takes connections and transactions as tx, and neither a pool nor an instance of Knex', () => {
  expectTypeOf<Connection>().toExtend<MysqlTransaction>()
  expectTypeOf<PoolConnection>().toExtend<MysqlTransaction>()
  expectTypeOf<PromiseConnection>().toExtend<MysqlTransaction>()
  expectTypeOf<Knex.Transaction>().toExtend<MysqlTransaction>()
  expectTypeOf<Pool>().not.toExtend<MysqlTransaction>()
  expectTypeOf<PromisePool>().not.toExtend<MysqlTransaction>()
  expectTypeOf<Knex>().not.toExtend<MysqlTransaction>()
})
