export type { PostgresOptions, PostgresConnection, PostgresPool } from './options.js'
export { PostgresStorage } from './postgres-storage.js'
export type { KnexTransaction, PgClient, PostgresTransaction } from './transaction.js'
