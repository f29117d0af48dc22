import type { PostgresTransaction } from '@dbjobq/storage-postgres'
import type { Knex } from 'knex'
import type { Client, Pool, PoolClient } from 'pg'
import { expectTypeOf, it } from 'vitest'

it('takes clients and transactions as tx, and neither a pool nor an instance of Knex', () => {
  expectTypeOf<Client>().toExtend<PostgresTransaction>()
  expectTypeOf<PoolClient>().toExtend<PostgresTransaction>()
  expectTypeOf<Knex.Transaction>().toExtend<PostgresTransaction>()
  expectTypeOf<Pool>().not.toExtend<PostgresTransaction>()
  expectTypeOf<Knex>().not.toExtend<PostgresTransaction>()
})
