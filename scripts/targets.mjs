// @ts-check
// Which suites run on which database: the one place that knows. A family is what `--only` names.

/**
 * @typedef {object} Suite
 * @property {string} path of the package or example whose vitest suite it is
 * @property {string} [variable] the environment variable by which it is told the database's URL
 * @property {string[]} [only] those of its test files that know a database; all without
 * @property {boolean} [full] only with `--full`: what it shows is shown elsewhere, too
 */
/**
 * @typedef {object} Family
 * @property {string} [ownUrl] the environment variable by which a user names a server of their own, which then stands in for `servers`
 * @property {import('./servers/catalog.mjs').ServerName[]} [servers] each is one target; none: the database lives in the process
 * @property {Suite[]} suites
 */

const linkChecker = 'examples/link-checker'
/** @type {Suite} */
const linkCheckerByUrl = { path: linkChecker, variable: 'DBJOBQ_DATABASE_URL', only: ['test/link-checker.test.ts'] }
const httpApi = 'examples/http-api'
/** @type {Suite} */
const httpApiByUrl = { path: httpApi, variable: 'DBJOBQ_DATABASE_URL' }
const digest = 'examples/digest'
const bridges = 'examples/bridges'
/** @type {Suite} */
const bridgesByUrl = { path: bridges, variable: 'DBJOBQ_DATABASE_URL' }
const payments = 'examples/payments'
/** @type {Suite} */
const paymentsByUrl = { path: payments, variable: 'DBJOBQ_DATABASE_URL' }

const lab = 'packages/failure-lab'
/** @type {Suite} */
const labByUrl = { path: lab, variable: 'DBJOBQ_DATABASE_URL', only: ['test/processes.test.ts'] }

const custom = 'examples/custom-storage'

/** @type {Suite} */
const ofMysql = { path: 'packages/storage-mysql', variable: 'DBJOBQ_MYSQL_URL' }
/** @param {Suite[]} suites */
const onlyFull = (...suites) => suites.map((suite) => ({ ...suite, full: true }))

/** @type {Record<string, Family>} */
export const families = {
  // The one that takes longest begins.
  mongo: {
    ownUrl: 'DBJOBQ_MONGO_URL',
    servers: ['mongo-standalone', 'mongo-replicaset'],
    suites: [{ path: 'packages/storage-mongo', variable: 'DBJOBQ_MONGO_URL' }, linkCheckerByUrl, labByUrl],
  },
  memory: {
    suites: [
      { path: 'scripts' },
      { path: 'packages/core' },
      { path: 'packages/storage-sql' },
      { path: 'packages/storage-conformance' },
      { path: 'packages/simulation' },
    ],
  },
  sqlite: {
    suites: [
      { path: 'packages/storage-sqlite' },
      { path: linkChecker },
      { path: httpApi },
      { path: digest },
      { path: bridges },
      { path: payments },
      { path: custom, only: ['test/conformance.test.ts', 'test/docs.test.ts', 'test/lock.test.ts'] },
      { path: lab },
      ...onlyFull({ path: custom, only: ['test/queue.test.ts'] }),
    ],
  },
  postgres: {
    ownUrl: 'DBJOBQ_POSTGRES_URL',
    servers: ['postgres18', 'postgres13'],
    suites: [
      { path: 'packages/storage-postgres', variable: 'DBJOBQ_POSTGRES_URL' },
      linkCheckerByUrl,
      httpApiByUrl,
      { path: digest, variable: 'DBJOBQ_DATABASE_URL' },
      bridgesByUrl,
      paymentsByUrl,
      labByUrl,
    ],
  },
  mysql: {
    ownUrl: 'DBJOBQ_MYSQL_URL',
    servers: ['mysql9'],
    suites: [ofMysql, linkCheckerByUrl, bridgesByUrl, labByUrl, ...onlyFull(httpApiByUrl, paymentsByUrl)],
  },
  mariadb: {
    ownUrl: 'DBJOBQ_MARIADB_URL',
    servers: ['mariadb10'],
    suites: [ofMysql, linkCheckerByUrl, ...onlyFull(bridgesByUrl, httpApiByUrl, paymentsByUrl, labByUrl)],
  },
}
