import { DbjobqError } from '@dbjobq/core/storage'
import { MongoStorage } from '@dbjobq/storage-mongo'
import { describe, expect, it } from 'vitest'
import { toTarget } from '../src/options.js'
import { temporaryDatabase, url } from './database.js'

const refused: [string, unknown][] = [
  ['nothing', undefined],
  ['null', null],
  ['a number', 1],
  ['an empty URL', ''],
  ['the URL of another store', 'postgres://127.0.0.1/app'],
  ['a URL without a host', 'mongodb://'],
  ['a URL with an unknown option', 'mongodb://127.0.0.1/app?unknown=1'],
  ['neither URL nor client', { database: 'app' }],
  ['an unknown option', { url, tables: 'x' }],
  ['a client that is none', { client: {} }],
  ['an empty database', { url, database: '' }],
  ['a database with a dot', { url, database: 'a.b' }],
  ['a database of 64 bytes', { url, database: 'é'.repeat(32) }],
  ['an empty prefix', { url, prefix: '' }],
  ['a prefix with a dollar', { url, prefix: '$jobs' }],
  ['a prefix that is too long', { url, prefix: 'x'.repeat(41) }],
  ['a call timeout of 0', { url, callTimeout: 0 }],
  ['a call timeout as text', { url, callTimeout: '15s' }],
  ['a call timeout past the longest timer', { url, callTimeout: 2 ** 31 }],
]

describe('options', () => {
  it.each(refused)('refuses %s with INVALID_OPTION', (_, options) => {
    let error: unknown
    try {
      new MongoStorage(options as string)
    } catch (caught) {
      error = caught
    }
    expect(DbjobqError.isInstance(error, 'INVALID_OPTION'), String(error)).toBe(true)
  })

  it('refuses both URL and client', async () => {
    await using place = temporaryDatabase()
    const options = { url, client: place.client }
    expect(() => new MongoStorage(options)).toThrow(/either/)
  })

  it('takes the database of the URL, else dbjobq, unless one is named', () => {
    const databaseOf = (from: Parameters<typeof toTarget>[0]) => toTarget(from).database
    expect(databaseOf('mongodb://127.0.0.1/app')).toBe('app')
    expect(databaseOf('mongodb://127.0.0.1/app?retryWrites=false')).toBe('app')
    expect(databaseOf('mongodb://127.0.0.1')).toBe('dbjobq')
    expect(databaseOf('mongodb://127.0.0.1:27017,127.0.0.1:27018/?replicaSet=rs0')).toBe('dbjobq')
    expect(databaseOf({ url: 'mongodb://127.0.0.1/app', database: 'jobs' })).toBe('jobs')
  })

  it('bounds the waits of its own client, and lets the URL win', () => {
    const bounded = toTarget({ url: 'mongodb://127.0.0.1/app', callTimeout: 2_000 }).client.options
    expect(bounded).toMatchObject({ serverSelectionTimeoutMS: 2_000, socketTimeoutMS: 2_000, waitQueueTimeoutMS: 2_000 })
    const own = toTarget('mongodb://127.0.0.1/app?serverselectiontimeoutms=700&appName=mine').client.options
    expect(own).toMatchObject({ serverSelectionTimeoutMS: 700, appName: 'mine' })
  })
})
