import type { TableNames } from '@dbjobq/storage-sql'

/** As they stand in SQL: quoted, and with their schema, since a pooled connection may have any `search_path`. */
export interface SqlNames extends TableNames {
  schema: string
}

export function sqlNames(schema: string, tables: TableNames): SqlNames {
  const named = (table: string) => `${quoted(schema)}.${quoted(table)}`
  return {
    schema: quoted(schema),
    jobs: named(tables.jobs),
    workers: named(tables.workers),
    queues: named(tables.queues),
    states: named(tables.states),
    migrations: named(tables.migrations),
  }
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
