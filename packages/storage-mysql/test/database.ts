import { randomBytes } from 'node:crypto'
import { createPool, type Pool } from 'mysql2/promise'

export const url = process.env.DBJOBQ_MYSQL_URL ?? ''
if (url === '') throw new Error('DBJOBQ_MYSQL_URL names no server: mysql://user:password@host:3306/database, MySQL or MariaDB.')

export const tables = ['jobs', 'workers', 'queues', 'states', 'migrations']

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
