import type { JobStorage } from '@dbjobq/core'
import { UsageError } from './usage-error.js'

/** The storage for a URL or a file. Only the adapter that is needed is loaded. */
export async function openStorage(database: string, prefix: string): Promise<JobStorage> {
  // One letter is a drive of Windows, not a scheme.
  const [, scheme = 'file'] = /^([a-z][a-z0-9+.-]+):/i.exec(database) ?? []
  switch (scheme) {
    case 'postgres':
    case 'postgresql': {
      const { PostgresStorage } = await import('@dbjobq/storage-postgres')
      return new PostgresStorage({ url: database, prefix })
    }
    case 'mysql':
    case 'mariadb': {
      const { MysqlStorage } = await import('@dbjobq/storage-mysql')
      return new MysqlStorage({ url: database, prefix })
    }
    case 'mongodb':
    case 'mongodb+srv': {
      const { MongoStorage } = await import('@dbjobq/storage-mongo')
      return new MongoStorage({ url: database, prefix })
    }
    case 'file':
    case 'sqlite': {
      const { SqliteStorage } = await import('@dbjobq/storage-sqlite')
      return new SqliteStorage({ filename: database.replace(/^(file|sqlite):(\/\/)?/, ''), prefix })
    }
    case 'memory': {
      const { MemoryStorage } = await import('@dbjobq/core/memory')
      return new MemoryStorage()
    }
    default:
      throw new UsageError(`--database does not know ${scheme}: give a file or postgres:, mysql:, mariadb:, mongodb:, sqlite: or memory:`)
  }
}
