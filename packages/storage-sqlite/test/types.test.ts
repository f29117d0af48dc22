import type { SqliteTransaction } from '@dbjobq/storage-sqlite'
import type { Database } from 'better-sqlite3'
import type { Knex } from 'knex'
import { expectTypeOf, it } from 'vitest'

it('takes databases and transactions as tx, and no instance of Knex', () => {
  expectTypeOf<Database>().toExtend<SqliteTransaction>()
  expectTypeOf<Knex.Transaction>().toExtend<SqliteTransaction>()
  expectTypeOf<Knex>().not.toExtend<SqliteTransaction>()
})
