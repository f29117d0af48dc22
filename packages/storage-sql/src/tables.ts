import { DbjobqError } from '@dbjobq/core/storage'

export interface TableNames {
  jobs: string
  workers: string
  queues: string
  states: string
  migrations: string
}

export const defaultPrefix = 'dbjobq_'
/** PostgreSQL cuts names after 63 bytes, silently; this much of it is for what follows the prefix, of tables and of indexes. */
export const longestSuffix = 24

/**
 * The tables of a prefix: 1 to 39 of `[A-Za-z0-9_]`, so that a name needs quoting but never escaping.
 * @throws DbjobqError INVALID_OPTION
 */
export function tableNames(prefix: unknown = defaultPrefix): TableNames {
  const longest = 63 - longestSuffix
  if (typeof prefix !== 'string' || prefix.length > longest || !/^[A-Za-z0-9_]+$/.test(prefix)) {
    throw new DbjobqError(
      'INVALID_OPTION',
      `prefix must be 1 to ${longest} letters, digits or underscores, not ${typeof prefix === 'string' ? JSON.stringify(prefix) : typeof prefix}.`,
    )
  }
  return {
    jobs: `${prefix}jobs`,
    workers: `${prefix}workers`,
    queues: `${prefix}queues`,
    states: `${prefix}states`,
    migrations: `${prefix}migrations`,
  }
}
