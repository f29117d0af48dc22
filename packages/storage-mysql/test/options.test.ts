import { DbjobqError } from '@dbjobq/core/storage'
import { MysqlStorage, type MysqlStorageOptions } from '@dbjobq/storage-mysql'
import knexOf from 'knex'
import { describe, expect, it } from 'vitest'
import { checkVersion } from '../src/server.js'

function codeOf(call: () => unknown): string | undefined {
  try {
    call()
  } catch (error) {
    if (DbjobqError.isInstance(error)) return error.code
    throw error
  }
  return undefined
}

describe('options', () => {
  const knex = knexOf({ client: 'mysql2' })
  const wrong: Record<string, unknown> = {
    'no URL at all': 'nonsense',
    'a URL of another database': 'postgres://localhost/jobs',
    'a URL without a database': 'mysql://localhost:3306',
    nothing: {},
    'two ways at once': { url: 'mysql://localhost/jobs', connection: { database: 'jobs' } },
    'a connection without a database': { connection: { host: 'localhost' } },
    'an unknown option': { url: 'mysql://localhost/jobs', schema: 'jobs' },
    'a prefix that would need escaping': { url: 'mysql://localhost/jobs', prefix: 'a`b' },
    'a prefix that is too long': { url: 'mysql://localhost/jobs', prefix: 'a'.repeat(40) },
    'no time to call': { url: 'mysql://localhost/jobs', callTimeout: 0 },
    'something else than Knex': { knex: {} },
    'Knex of another client': { knex: knexOf({ client: 'pg' }) },
    'a pool beside Knex': { knex, pool: { max: 1 } },
  }
  for (const [what, options] of Object.entries(wrong)) {
    it(`refuse ${what}`, () => {
      expect(codeOf(() => new MysqlStorage(options as MysqlStorageOptions))).toBe('INVALID_OPTION')
    })
  }
})

describe('checkVersion', () => {
  const known: Record<string, string> = {
    '9.7.4-2': 'MySQL 9.7.4',
    '8.0.11': 'MySQL 8.0.11',
    '8.0.36-28.1': 'MySQL 8.0.36',
    '10.11.18-MariaDB-0+deb12u1': 'MariaDB 10.11.18',
    '5.5.5-10.6.1-MariaDB': 'MariaDB 10.6.1',
    '11.8.9-MariaDB': 'MariaDB 11.8.9',
  }
  for (const [version, name] of Object.entries(known)) {
    it(`takes ${version}`, () => expect(checkVersion(version)).toBe(name))
  }
  for (const version of ['5.7.44', '8.0.4-rc-log', '10.5.23-MariaDB-0+deb11u1', '5.5.5-10.5.9-MariaDB', '8.0.11-TiDB-v7.5.0', '']) {
    it(`refuses ${version || 'nothing'}`, () => expect(codeOf(() => checkVersion(version))).toBe('UNSUPPORTED'))
  }
})
