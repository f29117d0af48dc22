import { tableNames, type TableNames } from '@dbjobq/storage-sql'

export interface Tables {
  /** As Knex and migrations name them: of the connection's own database. */
  plain: TableNames
  /** Quoted, with the database where it is known, so that a caller's transaction may stand in another database of the server. */
  quoted: TableNames
}

export function tablesOf(prefix: string | undefined, database: string | null): Tables {
  const plain = tableNames(prefix)
  const quoted = (name: string) => (database === null ? quote(name) : `${quote(database)}.${quote(name)}`)
  return {
    plain,
    quoted: {
      jobs: quoted(plain.jobs),
      workers: quoted(plain.workers),
      queues: quoted(plain.queues),
      states: quoted(plain.states),
      migrations: quoted(plain.migrations),
    },
  }
}

export function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}
