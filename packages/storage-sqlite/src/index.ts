export type { KnexOnSqlite, SqliteOptions } from './options.js'
export { SqliteStorage } from './sqlite-storage.js'
export type { KnexTransaction, SqliteDatabase, SqliteTransaction } from './transaction.js'
