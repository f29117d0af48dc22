export { MysqlStorage } from './mysql-storage.js'
export type { MysqlStorageOptions } from './options.js'
export type { MysqlTransaction } from './transaction.js'
