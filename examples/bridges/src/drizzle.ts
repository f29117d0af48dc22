import type { Enqueued, JobQueue } from '@dbjobq/core'
import type { MysqlTransaction } from '@dbjobq/storage-mysql'
import type { PostgresTransaction } from '@dbjobq/storage-postgres'
import type { SqliteTransaction } from '@dbjobq/storage-sqlite'
import type { Database } from 'better-sqlite3'
import { drizzle as drizzleOnSqlite } from 'drizzle-orm/better-sqlite3'
import { int, mysqlTable, varchar } from 'drizzle-orm/mysql-core'
import { drizzle as drizzleOnMysql } from 'drizzle-orm/mysql2'
import { drizzle as drizzleOnPostgres } from 'drizzle-orm/node-postgres'
import * as pg from 'drizzle-orm/pg-core'
import * as sqlite from 'drizzle-orm/sqlite-core'
import type { Pool as MysqlPool } from 'mysql2/promise'
import type { Pool as PgPool } from 'pg'
import { refuseEmpty, sendWelcome, type Order } from './shop.js'

// Drizzle runs on a single connection as well as on a pool, and costs nothing to make: take a connection, use it for both.

const pgOrders = pg.pgTable('bridges_orders', { id: pg.text().primaryKey(), email: pg.text().notNull(), total: pg.integer().notNull() })

export async function placeOnPostgres(pool: PgPool, queue: JobQueue<PostgresTransaction>, order: Order): Promise<Enqueued> {
  const client = await pool.connect()
  try {
    return await drizzleOnPostgres({ client }).transaction(async (db) => {
      const job = await queue.enqueue(sendWelcome, { email: order.email }, { tx: client, unique: { key: order.email } })
      await db.insert(pgOrders).values(order)
      refuseEmpty(order)
      return job
    })
  } finally {
    client.release()
  }
}

const mysqlOrders = mysqlTable('bridges_orders', {
  id: varchar({ length: 40 }).primaryKey(),
  email: varchar({ length: 100 }).notNull(),
  total: int().notNull(),
})

export async function placeOnMysql(pool: MysqlPool, queue: JobQueue<MysqlTransaction>, order: Order): Promise<Enqueued> {
  const client = await pool.getConnection()
  try {
    return await drizzleOnMysql({ client }).transaction(async (db) => {
      const job = await queue.enqueue(sendWelcome, { email: order.email }, { tx: client, unique: { key: order.email } })
      await db.insert(mysqlOrders).values(order)
      refuseEmpty(order)
      return job
    })
  } finally {
    client.release()
  }
}

const sqliteOrders = sqlite.sqliteTable('bridges_orders', {
  id: sqlite.text().primaryKey(),
  email: sqlite.text().notNull(),
  total: sqlite.integer().notNull(),
})

/** Synchronous, as all of Drizzle on better-sqlite3 is; `immediate` takes the write lock at once, where waiting for it still helps. */
export function placeOnSqlite(database: Database, queue: JobQueue<SqliteTransaction>, order: Order): Enqueued {
  return drizzleOnSqlite({ client: database }).transaction(
    (db) => {
      const job = queue.enqueueSync(sendWelcome, { email: order.email }, { tx: database, unique: { key: order.email } })
      db.insert(sqliteOrders).values(order).run()
      refuseEmpty(order)
      return job
    },
    { behavior: 'immediate' },
  )
}
