/** What every process opens; the parent names the database and the prefix. Only the adapter that is needed is loaded. */
export async function open({ DBJOBQ_DATABASE_URL: url = '', DBJOBQ_LAB_PREFIX: prefix } = process.env) {
  switch (/^([a-z]+)(\+srv)?:/.exec(url)?.[1]) {
    case 'postgres':
    case 'postgresql': {
      const { PostgresStorage } = await import('@dbjobq/storage-postgres')
      return new PostgresStorage({ url, prefix })
    }
    case 'mysql':
    case 'mariadb': {
      const { MysqlStorage } = await import('@dbjobq/storage-mysql')
      return new MysqlStorage({ url, prefix })
    }
    case 'mongodb': {
      const { MongoStorage } = await import('@dbjobq/storage-mongo')
      return new MongoStorage({ url, prefix })
    }
    default: {
      const { SqliteStorage } = await import('@dbjobq/storage-sqlite')
      return new SqliteStorage({ filename: url.replace(/^(file|sqlite):(\/\/)?/, ''), prefix })
    }
  }
}
