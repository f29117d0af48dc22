import { knex, type Source, type TableNames } from '@dbjobq/storage-sql'
import type { SqlNames } from './names.js'

/**
 * Where the shared queries are built: a Knex without connections, since one that was handed in may rewrite names and rows. It puts the
 * schema before each table, by hand: Knex would split a schema at its dots, and take a question mark for a parameter.
 */
export function sourceOf(names: SqlNames, tables: TableNames): Source {
  const inSql = new Map(
    Object.entries(tables).map(([key, table]) => [table as string, names[key as keyof TableNames].replaceAll('?', '\\?')]),
  )
  return { tables, knex: knex({ client: 'pg', wrapIdentifier: (name, wrap) => inSql.get(name) ?? wrap(name) }) }
}
