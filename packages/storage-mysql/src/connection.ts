import type { RawRow } from '@dbjobq/storage-sql'
import type { Connection, ResultSetHeader, RowDataPacket } from 'mysql2'

export type Value = string | number | null

/** Win over what the pool's owner configured, so that rows come the same from every pool. */
const plain = { rowsAsArray: false, nestTables: false } as const
/** A cast of the owner's is only put out of the way by another. */
const uncast = (_field: unknown, read: () => unknown): unknown => read()

/** Runs a prepared statement. The connection keeps it: only for texts of which there are few. */
export function execute(connection: Connection, sql: string, values: Value[]): Promise<RawRow[] | ResultSetHeader> {
  return new Promise((resolve, reject) => {
    // As text, because mysql2 may send a number as a double, which LIMIT refuses.
    const sent = values.map((value) => (typeof value === 'number' ? String(value) : value))
    const typeCast = typeof connection.config.typeCast === 'function' ? uncast : true
    connection.execute<RowDataPacket[] | ResultSetHeader>({ ...plain, typeCast, sql, values: sent }, (error, result) => {
      if (error) reject(error)
      else resolve(result)
    })
  })
}

/** Makes the server forget the prepared statement. */
export function forget(connection: Connection, sql: string): void {
  // mysql2 files statements under their text and these options; its types know of the text only.
  const unprepare = connection.unprepare.bind(connection) as unknown as (statement: object) => void
  unprepare({ ...plain, sql })
}

/** Runs what cannot be prepared; no values go in. */
export function run(connection: Connection, sql: string): Promise<ResultSetHeader> {
  return new Promise((resolve, reject) => {
    connection.query<ResultSetHeader>({ ...plain, sql }, (error, result) => {
      if (error) reject(error)
      else resolve(result)
    })
  })
}
