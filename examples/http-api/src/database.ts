import { JobQueue } from '@dbjobq/core'
import { MysqlStorage } from '@dbjobq/storage-mysql'
import { PostgresStorage } from '@dbjobq/storage-postgres'
import { SqliteStorage } from '@dbjobq/storage-sqlite'
import knexOf, { type Knex } from 'knex'

export interface Database {
  knex: Knex
  queue: JobQueue<Knex.Transaction>
  /** The name of the table. */
  orders: string
  close: () => Promise<void>
}

/** One database for rows and jobs: `postgres://…`, `mysql://…`, or the path of an SQLite file. */
export async function openDatabase({ DATABASE_URL: url = 'shop.sqlite', TABLE_PREFIX: prefix = 'shop_' } = process.env): Promise<Database> {
  const { knex, storage } = connect(url, `${prefix}jobs_`)
  const queue = new JobQueue<Knex.Transaction>(storage)
  await queue.migrate()
  const orders = `${prefix}orders`
  await createTable(knex, orders)
  return {
    knex,
    queue,
    orders,
    async close() {
      // The queue first: it stops its workers. Knex is ours, so the storage leaves it open.
      await queue.close()
      await knex.destroy()
    },
  }
}

function connect(url: string, prefix: string) {
  if (/^postgres(ql)?:/.test(url)) {
    const knex = knexOf({ client: 'pg', connection: url })
    return { knex, storage: new PostgresStorage({ knex, prefix }) }
  }
  if (url.startsWith('mysql:')) {
    const knex = knexOf({ client: 'mysql2', connection: url })
    return { knex, storage: new MysqlStorage({ knex, prefix }) }
  }
  const knex = knexOf({ client: 'better-sqlite3', connection: { filename: url }, useNullAsDefault: true })
  return { knex, storage: new SqliteStorage({ knex, prefix }) }
}

/** Several processes start at once: the one that comes second finds the table. */
async function createTable(knex: Knex, table: string): Promise<void> {
  try {
    await knex.schema.createTable(table, (columns) => {
      columns.string('id', 36).primary()
      columns.string('email').notNullable()
      columns.integer('total').notNullable()
      columns.string('status', 20).notNullable()
      columns.string('job_id', 36)
    })
  } catch (error) {
    if (!(await knex.schema.hasTable(table))) throw error
  }
}
