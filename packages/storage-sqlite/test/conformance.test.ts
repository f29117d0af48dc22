import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RunInTransaction } from '@dbjobq/storage-conformance'
import { allCases, contentionCases, modelCases, testStorage } from '@dbjobq/storage-conformance'
import { SqliteStorage } from '@dbjobq/storage-sqlite'
import Database from 'better-sqlite3'
import knexOf from 'knex'
import { afterAll, describe, it } from 'vitest'
import { temporaryFile } from './temporary-file.js'

const file = temporaryFile()
const { filename } = file
const knex = knexOf({ client: 'better-sqlite3', useNullAsDefault: true, connection: { filename } })
process.env.DBJOBQ_TEST_SQLITE_FILE = filename

// No busy timeout: it would stop the thread on which the holder of the lock has to end its transaction.
const inBetterSqlite: RunInTransaction = async (work) => {
  const database = new Database(filename, { timeout: 0 })
  try {
    database.exec('begin')
    const answer = await work(database, (statement) => Promise.resolve(database.exec(statement)))
    database.exec('commit')
    return answer
  } finally {
    database.close()
  }
}

function withDatabase<T>(work: (database: Database.Database) => T): Promise<T> {
  return new Promise((resolve) => {
    const database = new Database(filename)
    try {
      resolve(work(database))
    } finally {
      database.close()
    }
  })
}

afterAll(async () => {
  await knex.destroy()
  file[Symbol.dispose]()
})

await testStorage({
  cases: [...allCases, ...modelCases(), ...contentionCases],
  describe,
  it,
  module: fileURLToPath(new URL('open-storage.mjs', import.meta.url)),
  open: () => Promise.resolve(new SqliteStorage(filename)),
  reset: () =>
    withDatabase((database) => {
      for (const table of ['jobs', 'workers', 'queues', 'states', 'migrations']) database.exec(`drop table if exists dbjobq_${table}`)
    }),
  transactions: {
    knex: (work) => knex.transaction((tx) => work(tx, (statement) => tx.raw(statement))),
    'better-sqlite3': inBetterSqlite,
  },
  syncTransaction: (work) => withDatabase((database) => database.transaction(() => work(database)).immediate()),
  handedIn: () => {
    const pool = knexOf({ client: 'better-sqlite3', useNullAsDefault: true, connection: { filename } })
    return Promise.resolve({
      storage: new SqliteStorage({ knex: pool }),
      isUsable: async () => (await pool.raw<{ one: number }[]>('select 1 as one'))[0]?.one === 1,
      dispose: () => pool.destroy(),
    })
  },
  unreachable: () => new SqliteStorage(join(file.folder, 'no-such-folder', 'jobs.db')),
  setSchemaVersion: (version) =>
    withDatabase((database) => {
      database.exec(`delete from dbjobq_migrations; insert into dbjobq_migrations values (${version}, 'test', 0)`)
    }),
})
