import { randomBytes } from 'node:crypto'
import { MysqlStorage, type MysqlStorageOptions } from '@dbjobq/storage-mysql'
import { createPool, type Pool } from 'mysql2/promise'

export const url = process.env.DBJOBQ_MYSQL_URL ?? ''
if (url === '') throw new Error('DBJOBQ_MYSQL_URL names no server: mysql://user:password@host:3306/database, MySQL or MariaDB.')

export const tables = ['jobs', 'workers', 'queues', 'states', 'pulses', 'migrations']

/** Of one test file, in the database of the URL. */
export function freshPrefix(): string {
  return `t_${randomBytes(6).toString('hex')}_`
}

export function openPool(): Pool {
  return createPool({ uri: url, connectionLimit: 4 })
}

/** Removes all that a storage with this prefix can have made, also by halves. */
export async function dropAll(pool: Pool, prefix: string): Promise<void> {
  await pool.query(`drop view if exists ${prefix}jobs_readable`)
  await pool.query(`drop table if exists ${tables.map((table) => prefix + table).join(', ')}`)
}

/** What the tests of one file share: a pool of their own, and migrated storages whose tables go when it is disposed of. */
export class TestDatabase {
  readonly prefix = freshPrefix()
  readonly pool = openPool()
  readonly #opened: MysqlStorage[] = []

  open(options: MysqlStorageOptions = { url }): MysqlStorage {
    const storage = new MysqlStorage({ prefix: this.prefix, ...options })
    this.#opened.push(storage)
    return storage
  }

  async empty(): Promise<MysqlStorage> {
    const storage = this.open()
    await storage.migrate()
    for (const table of ['jobs', 'workers', 'queues', 'states', 'pulses']) await this.pool.query(`delete from ${this.prefix}${table}`)
    return storage
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#opened.map((storage) => storage.close()))
    await dropAll(this.pool, this.prefix)
    await this.pool.end()
  }
}
