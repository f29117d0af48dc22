import type { JobStorage } from '@dbjobq/core'
import { PostgresStorage } from '@dbjobq/storage-postgres'
import { SqliteStorage } from '@dbjobq/storage-sqlite'

/** A PostgreSQL URL, or the name of an SQLite file. */
export function openStorage(database: string, prefix: string): JobStorage<unknown> {
  const storage = /^postgres(ql)?:/.test(database)
    ? new PostgresStorage({ url: database, prefix })
    : new SqliteStorage({ filename: database, prefix })
  return storage
}
