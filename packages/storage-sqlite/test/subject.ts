import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RunInTransaction, Subject } from '@dbjobq/storage-conformance'
import { SqliteStorage } from '@dbjobq/storage-sqlite'
import Database from 'better-sqlite3'
import knexOf from 'knex'
import { temporaryFile } from './temporary-file.js'

/** Of one test file. */
export function newSubject() {
  const file = temporaryFile()
  const { filename } = file
  const knex = knexOf({ client: 'better-sqlite3', useNullAsDefault: true, connection: { filename } })
  process.env.DBJOBQ_TEST_SQLITE_FILE = filename

  async function remove(): Promise<void> {
    await knex.destroy()
    file[Symbol.dispose]()
  }

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

  /** Where the schema is whole its rows go, which is quicker; else all of it. */
  const reset = () =>
    withDatabase((database) => {
      const hasMigrations = database.prepare("select 1 from sqlite_schema where name = 'dbjobq_migrations'").get() !== undefined
      const versions = hasMigrations ? database.prepare('select version from dbjobq_migrations order by 1').pluck().all() : []
      const isWhole = versions.length > 0 && versions.every((version, index) => version === index + 1)
      const tables = ['jobs', 'workers', 'queues', 'states'].map((table) => `dbjobq_${table}`)
      const statements = isWhole
        ? tables.map((table) => `delete from ${table}`)
        : [...tables, 'dbjobq_migrations'].map((table) => `drop table if exists ${table}`)
      database.transaction(() => statements.forEach((statement) => database.exec(statement))).immediate()
    })

  const subject: Subject = {
    module: fileURLToPath(new URL('open-storage.mjs', import.meta.url)),
    open: () => Promise.resolve(new SqliteStorage(filename)),
    reset,
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
  }

  return { subject, remove }
}
