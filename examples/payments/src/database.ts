import { JobQueue } from '@dbjobq/core'
import { MysqlStorage } from '@dbjobq/storage-mysql'
import { PostgresStorage } from '@dbjobq/storage-postgres'
import { SqliteStorage, type SqliteDatabase } from '@dbjobq/storage-sqlite'
import knexOf, { type Knex } from 'knex'

export interface Bank {
  knex: Knex
  queue: JobQueue<Knex.Transaction>
  /** The names of the tables. */
  accounts: string
  ledger: string
  close: () => Promise<void>
}

/** What `ctx.transaction` hands out: a transaction of Knex, on SQLite a better-sqlite3 database. */
export type StorageTransaction = Knex.Transaction | SqliteDatabase

/** One database for accounts and jobs: `postgres://…`, `mysql://…`, or the path of an SQLite file. */
export async function openBank({ DATABASE_URL: url = 'bank.sqlite', TABLE_PREFIX: prefix = 'bank_' } = process.env): Promise<Bank> {
  const { knex, storage } = connect(url, `${prefix}jobs_`)
  const queue = new JobQueue<Knex.Transaction>(storage)
  await queue.migrate()
  const [accounts, ledger] = [`${prefix}accounts`, `${prefix}ledger`]
  await createTables(knex, accounts, ledger)
  return {
    knex,
    queue,
    accounts,
    ledger,
    async close() {
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

/** The ledger has no unique key on `payment`: nothing but the transaction keeps a payment from being written twice. */
async function createTables(knex: Knex, accounts: string, ledger: string): Promise<void> {
  await createTable(knex, accounts, (columns) => {
    columns.string('id', 20).primary()
    columns.integer('balance').notNullable()
  })
  await createTable(knex, ledger, (columns) => {
    columns.string('entry', 36).primary()
    columns.string('payment', 20).notNullable()
    columns.string('account', 20).notNullable()
    columns.integer('cents').notNullable()
  })
}

/** Several processes start at once: the one that comes second finds the table. */
async function createTable(knex: Knex, table: string, columns: (table: Knex.CreateTableBuilder) => void): Promise<void> {
  try {
    await knex.schema.createTable(table, columns)
  } catch (error) {
    if (!(await knex.schema.hasTable(table))) throw error
  }
}
