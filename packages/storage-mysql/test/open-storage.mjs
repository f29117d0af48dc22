import { MysqlStorage } from '@dbjobq/storage-mysql'

/** What another process opens; the parent names the server and the prefix. */
export function open() {
  const { DBJOBQ_MYSQL_URL: url, DBJOBQ_TEST_MYSQL_PREFIX: prefix } = process.env
  return Promise.resolve(new MysqlStorage({ url, prefix, pool: { max: 4 } }))
}
