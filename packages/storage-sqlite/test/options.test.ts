import { DbjobqError } from '@dbjobq/core/storage'
import type { SqliteOptions } from '@dbjobq/storage-sqlite'
import { SqliteStorage } from '@dbjobq/storage-sqlite'
import knexOf from 'knex'
import { describe, expect, it } from 'vitest'

describe('options', () => {
  const refused: [string, unknown, string][] = [
    ['an unknown option', { filename: 'jobs.db', timeout: 5 }, '"timeout"'],
    ['no options', null, 'null'],
    ['neither filename nor knex', {}, 'filename or knex'],
    ['both filename and knex', { filename: 'jobs.db', knex: {} }, 'filename or knex'],
    ['a filename that is a number', { filename: 7 }, 'number'],
    ['an empty filename', '', 'MemoryStorage'],
    [':memory:', ':memory:', 'MemoryStorage'],
    ['a prefix with a quote', { filename: 'jobs.db', prefix: 'a"b' }, 'prefix'],
    ['an empty prefix', { filename: 'jobs.db', prefix: '' }, 'prefix'],
    ['a prefix of 40 letters', { filename: 'jobs.db', prefix: 'p'.repeat(40) }, 'prefix'],
    ['a callTimeout of 0', { filename: 'jobs.db', callTimeout: 0 }, 'callTimeout'],
    ['a callTimeout that is a text', { filename: 'jobs.db', callTimeout: '5s' }, 'callTimeout'],
    ['synchronous off', { filename: 'jobs.db', synchronous: 'OFF' }, 'synchronous'],
    ['a knex that is none', { knex: {} }, 'better-sqlite3'],
    ['a knex of another client', { knex: knexOf({ client: 'pg' }) }, 'better-sqlite3'],
    ['a knex on :memory:', { knex: knexOf({ client: 'better-sqlite3', useNullAsDefault: true, connection: ':memory:' }) }, 'MemoryStorage'],
  ]
  it.each(refused)('refuses %s', (_, options, said) => {
    let thrown: unknown
    try {
      new SqliteStorage(options as SqliteOptions)
    } catch (error) {
      thrown = error
    }
    expect(DbjobqError.isInstance(thrown, 'INVALID_OPTION')).toBe(true)
    expect(String(thrown)).toContain(said)
  })
})
