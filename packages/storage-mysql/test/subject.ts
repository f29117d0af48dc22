import { fileURLToPath } from 'node:url'
import type { RunInTransaction, Subject } from '@dbjobq/storage-conformance'
import { MysqlStorage } from '@dbjobq/storage-mysql'
import knexOf from 'knex'
import { dropAll, freshPrefix, openPool, tables, url } from './database.js'

const noSuchTable = 1146

/** Of one test file. */
export function newSubject() {
  const prefix = freshPrefix()
  process.env.DBJOBQ_TEST_MYSQL_PREFIX = prefix
  const pool = openPool()
  const knex = knexOf({ client: 'mysql2', connection: url })

  async function remove(): Promise<void> {
    await knex.destroy()
    await dropAll(pool, prefix)
    await pool.end()
  }

  const inMysql2: RunInTransaction = async (work) => {
    const connection = await pool.getConnection()
    try {
      await connection.beginTransaction()
      const answer = await work(connection, (statement) => connection.query(statement))
      await connection.commit()
      return answer
    } catch (error) {
      await connection.rollback()
      throw error
    } finally {
      connection.release()
    }
  }

  /** The flavour with callbacks is what lies under the one with promises. */
  const inMysql2WithCallbacks: RunInTransaction = (work) =>
    inMysql2((connection, query) => work((connection as { connection: unknown }).connection, query))

  /** Quicker than dropping what is there: creating tables flushes them to the disk. */
  async function reset(): Promise<void> {
    for (const table of tables) {
      const statement = table === 'migrations' ? `delete from ${prefix}migrations where version > 1` : `delete from ${prefix}${table}`
      try {
        await pool.query(statement)
      } catch (error) {
        if ((error as { errno?: number }).errno !== noSuchTable) throw error
        return dropAll(pool, prefix)
      }
    }
  }

  const subject: Subject = {
    module: fileURLToPath(new URL('open-storage.mjs', import.meta.url)),
    open: () => Promise.resolve(new MysqlStorage({ url, prefix })),
    reset,
    transactions: {
      knex: (work) => knex.transaction((tx) => work(tx, (statement) => tx.raw(statement))),
      mysql2: inMysql2,
      'mysql2 with callbacks': inMysql2WithCallbacks,
    },
    handedIn: () => {
      const own = knexOf({ client: 'mysql2', connection: url })
      return Promise.resolve({
        storage: new MysqlStorage({ knex: own, prefix }),
        isUsable: async () => ((await own.raw<unknown[][]>('select 1'))[0]?.length ?? 0) === 1,
        dispose: () => own.destroy(),
      })
    },
    // A port that nobody listens on: 1 is reserved and needs root.
    unreachable: () => new MysqlStorage('mysql://nobody@127.0.0.1:1/none'),
    setSchemaVersion: async (version) => {
      await pool.query(`delete from ${prefix}migrations where version > ?`, [version])
      await pool.query(`insert ignore into ${prefix}migrations (version, name, applied_at) values (?, 'test', 0)`, [version])
    },
  }

  return { subject, remove }
}
