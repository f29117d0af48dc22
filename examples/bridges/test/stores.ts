import type { Enqueued, JobQueue as Queue } from '@dbjobq/core'
import { JobQueue } from '@dbjobq/core'
import { MysqlStorage, type MysqlTransaction } from '@dbjobq/storage-mysql'
import { PostgresStorage, type PostgresTransaction } from '@dbjobq/storage-postgres'
import { SqliteStorage, type SqliteTransaction } from '@dbjobq/storage-sqlite'
import Database from 'better-sqlite3'
import { createPool } from 'mysql2'
import pg from 'pg'
import { DataSource } from 'typeorm'
import { placeOnMysql, placeOnPostgres, placeOnSqlite } from '../src/drizzle.js'
import * as kysely from '../src/kysely.js'
import type { Order } from '../src/shop.js'
import * as typeorm from '../src/typeorm.js'

export interface Store {
  queue: Queue
  bridges: Record<'kysely' | 'drizzle' | 'typeorm', (order: Order) => Promise<Enqueued>>
  sql: (statement: string) => Promise<unknown[]>
  close: () => Promise<void>
}

const prefix = 'bridges_jobs_'
const poolSize = 4

export function openStore(url: string): Promise<Store> {
  if (/^postgres(ql)?:/.test(url)) return openPostgres(url)
  return url.startsWith('mysql:') ? openMysql(url) : openSqlite(url)
}

async function openPostgres(url: string): Promise<Store> {
  const queue = new JobQueue<PostgresTransaction>(new PostgresStorage({ url, prefix }))
  const pool = new pg.Pool({ connectionString: url, max: poolSize })
  const dataSource = await new DataSource({ type: 'postgres', url, poolSize, entities: [typeorm.orders] }).initialize()
  return {
    queue,
    bridges: {
      kysely: (order) => kysely.onPostgres(pool, (db, tx) => kysely.placeOrder(db, queue, tx, order)),
      drizzle: (order) => placeOnPostgres(pool, queue, order),
      typeorm: (order) => typeorm.placeOrder(dataSource, queue, order),
    },
    sql: async (statement) => (await pool.query<Record<string, unknown>>(statement)).rows,
    close: () => closeAll(queue, dataSource, pool),
  }
}

async function openMysql(url: string): Promise<Store> {
  const queue = new JobQueue<MysqlTransaction>(new MysqlStorage({ url, prefix }))
  const callbacks = createPool({ uri: url, connectionLimit: poolSize })
  const pool = callbacks.promise()
  const dataSource = await new DataSource({ type: 'mysql', url, poolSize, entities: [typeorm.orders] }).initialize()
  return {
    queue,
    bridges: {
      kysely: (order) => kysely.onMysql(callbacks, (db, tx) => kysely.placeOrder(db, queue, tx, order)),
      drizzle: (order) => placeOnMysql(pool, queue, order),
      typeorm: (order) => typeorm.placeOrder(dataSource, queue, order),
    },
    sql: async (statement) => (await pool.query(statement))[0] as unknown[],
    close: () => closeAll(queue, dataSource, pool),
  }
}

async function openSqlite(file: string): Promise<Store> {
  const queue = new JobQueue<SqliteTransaction>(new SqliteStorage({ filename: file, prefix }))
  const database = new Database(file)
  const ofKysely = new Database(file)
  const db = kysely.onSqlite(ofKysely)
  const dataSource = await new DataSource({ type: 'better-sqlite3', database: file, entities: [typeorm.orders] }).initialize()
  return {
    queue,
    bridges: {
      kysely: (order) => db.transaction().execute((trx) => kysely.placeOrder(trx, queue, ofKysely, order)),
      drizzle: (order) => Promise.resolve().then(() => placeOnSqlite(database, queue, order)),
      typeorm: typeorm.inTurns((order) => typeorm.placeOrder(dataSource, queue, order)),
    },
    sql: (statement) => {
      const prepared = database.prepare(statement)
      return Promise.resolve(prepared.reader ? prepared.all() : [prepared.run()])
    },
    close: () => closeAll(queue, dataSource, { end: () => Promise.resolve(database.close()) }, { end: () => db.destroy() }),
  }
}

async function closeAll(queue: { close(): Promise<void> }, dataSource: DataSource, ...pools: { end(): Promise<unknown> }[]): Promise<void> {
  await queue.close()
  await dataSource.destroy()
  for (const pool of pools) await pool.end()
}
