import type { Connection } from 'mysql2'
import { run } from './connection.js'

type AfterCreate = (connection: Connection, done: (error?: Error | null) => void) => void

/**
 * What each connection of the storage's own pool begins with, so that no transaction has to say it again.
 * Locks of rows and of whole tables are waited for a third of the call's time: a retry still fits in, and the server frees what a call
 * that gave up has held. Else MySQL would keep the connection of each such call for as long as the table is locked, until it has none left.
 */
export function setUp(callTimeout: number, afterwards: unknown): AfterCreate {
  const lockWait = Math.max(1, Math.floor(callTimeout / 3_000))
  const prepare = async (connection: Connection): Promise<void> => {
    await run(connection, 'set session transaction isolation level read committed')
    await run(connection, `set session innodb_lock_wait_timeout = ${lockWait}, session lock_wait_timeout = ${lockWait}`)
  }
  return (connection, done) => {
    prepare(connection).then(() => {
      if (typeof afterwards === 'function') (afterwards as AfterCreate)(connection, done)
      else done()
    }, done)
  }
}
