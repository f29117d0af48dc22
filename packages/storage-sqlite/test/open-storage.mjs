import { SqliteStorage } from '@dbjobq/storage-sqlite'

/** What another process opens; the parent names the file. */
export function open() {
  return Promise.resolve(new SqliteStorage(process.env.DBJOBQ_TEST_SQLITE_FILE))
}
