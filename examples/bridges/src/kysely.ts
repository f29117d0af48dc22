import { promisify } from 'node:util'
import type { Enqueued, JobQueue } from '@dbjobq/core'
import type { Database } from 'better-sqlite3'
import { Kysely, MysqlDialect, PostgresDialect, SqliteDialect, type Transaction } from 'kysely'
import type { Pool as MysqlPool, PoolConnection } from 'mysql2'
import type { Pool as PgPool, PoolClient } from 'pg'
import { refuseEmpty, sendWelcome, type Order } from './shop.js'

export interface Tables {
  bridges_orders: Order
}

// A transaction of Kysely does not show its connection. So it is given one: Kysely on a pool of a single connection, for one
// transaction. Kysely releases it at the end, whatever that is, and so it returns to the real pool.

export async function onPostgres<T>(pool: PgPool, work: (db: Transaction<Tables>, tx: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  const one = { connect: () => Promise.resolve(client), end: () => Promise.resolve(), options: {} }
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: one }) }).transaction().execute((db) => work(db, client))
}

export async function onMysql<T>(pool: MysqlPool, work: (db: Transaction<Tables>, tx: PoolConnection) => Promise<T>): Promise<T> {
  const connection = await promisify<PoolConnection>((give) => pool.getConnection(give))()
  const one: ConstructorParameters<typeof MysqlDialect>[0]['pool'] = {
    getConnection: (give) => give(null, connection),
    end: (done) => done(null),
  }
  return new Kysely<Tables>({ dialect: new MysqlDialect({ pool: one }) }).transaction().execute((db) => work(db, connection))
}

/** A better-sqlite3 database is one connection, on which a Kysely for all runs one transaction after the other: no bridge is needed. */
export function onSqlite(database: Database): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database }) })
}

/** The same on all three; the job comes first to show that a duplicate leaves the transaction usable. */
export async function placeOrder<Tx>(db: Transaction<Tables>, queue: JobQueue<Tx>, tx: Tx, order: Order): Promise<Enqueued> {
  const job = await queue.enqueue(sendWelcome, { email: order.email }, { tx, unique: { key: order.email } })
  await db.insertInto('bridges_orders').values(order).execute()
  refuseEmpty(order)
  return job
}
