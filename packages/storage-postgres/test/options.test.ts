import { PostgresStorage, type PostgresOptions } from '@dbjobq/storage-postgres'
import knexOf from 'knex'
import { describe, expect, it } from 'vitest'

const url = 'postgres://someone:secret@127.0.0.1:1/none'
const knex = knexOf({ client: 'pg' })
const invalid: Record<string, unknown> = {
  'nothing at all': {},
  'an unknown option': { url, poolSize: 5 },
  'two ways to connect': { url, connection: {} },
  'a pool beside knex': { knex, pool: { max: 1 } },
  'a url of another database': 'mysql://someone:secret@127.0.0.1/none',
  'a url that is none': 'postgres://someone:secret@:port',
  null: null,
  'a Knex of another database': { knex: knexOf({ client: 'better-sqlite3', useNullAsDefault: true }) },
  'a pool as knex': { knex: { query: () => undefined } },
  'an empty schema': { url, schema: '' },
  'a schema of 64 bytes': { url, schema: 'ä'.repeat(32) },
  'a schema with NUL': { url, schema: 'a\0' },
  'a prefix with a quote': { url, prefix: 'a"' },
  'a call timeout of 0': { url, callTimeout: 0 },
  'listen: true': { url, listen: true },
  'a listen without connection': { url, listen: {} },
  'an unknown option of listen': { url, listen: { connection: {}, every: 5 } },
}

describe('options', () => {
  it.each(Object.entries(invalid))('refuses %s with INVALID_OPTION, without a word of the password', (_, options) => {
    const error = thrownBy(() => new PostgresStorage(options as PostgresOptions))
    expect(error).toMatchObject({ code: 'INVALID_OPTION' })
    expect(String(error)).not.toContain('secret')
  })
})

function thrownBy(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  return undefined
}
