/** What the SQL storages of dbjobq share: functions to call. No argument of them names a dialect. */
export { countJobs, toCounts } from './count.js'
export { withDeadline } from './deadline.js'
export { findJobs, findOrphans, findQueues, findStates, findWorkers, type Source } from './find.js'
export { checkNotTooNew, migrate, schemaOutdated, type MigrationSession, type MigrationStep, type Migrator } from './migrate.js'
export { checkCallTimeout, checkOptionNames, defaultCallTimeout } from './options.js'
export { withRetry, type Retry } from './retry.js'
export {
  distinctJobs,
  jobColumnNames,
  jobColumns,
  newJobColumnNames,
  newJobValues,
  toJobRow,
  toQueueRow,
  toState,
  toWorkerRow,
  type RawRow,
} from './rows.js'
export { defaultPrefix, tableNames, type TableNames } from './tables.js'
/** So that builders and those who build with them share one copy. */
export { default as knex } from 'knex'
