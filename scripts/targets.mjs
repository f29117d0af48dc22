// @ts-check
// Which suites run on which database: the one place that knows. A family is what `--only` names.

/**
 * @typedef {object} Suite
 * @property {string} path of the package or example whose vitest suite it is
 * @property {string} [variable] the environment variable by which it is told the database's URL
 * @property {string[]} [only] those of its test files that know a database; all without
 * @property {boolean} [full] only with `--full`: what it shows is shown elsewhere, too
 * @property {string[]} [without] these of its test files run only with `--full`
 * @property {Pick<Suite, 'without'>} [second] it runs on the second server of its family, too, as this says
 */
/**
 * @typedef {object} Family
 * @property {string} [ownUrl] the environment variable by which a user names a server of their own, which then stands in for `servers`
 * @property {import('./servers/catalog.mjs').ServerName[]} [servers] each is one target; none: the database lives in the process
 * @property {Suite[]} suites
 */

/** @param {string} path @param {string[]} [only] @returns {Suite} told its database */
const byUrl = (path, only) => ({ path, variable: 'DBJOBQ_DATABASE_URL', ...(only && { only }) })
/** @param {Suite[]} suites */
const onlyFull = (...suites) => suites.map((suite) => ({ ...suite, full: true }))

const [linkChecker, httpApi, digest, bridges, payments, custom] = /** @type {const} */ ([
  'examples/link-checker',
  'examples/http-api',
  'examples/digest',
  'examples/bridges',
  'examples/payments',
  'examples/custom-storage',
])
const lab = 'packages/failure-lab'
const linkCheckerByUrl = byUrl(linkChecker, ['test/link-checker.test.ts'])
const labByUrl = byUrl(lab, ['test/processes.test.ts'])
/** Test files of a storage that show the runtime on it, and the server's end. */
const ofRuntime = ['queue', 'outages', 'listener', 'rights'].map((name) => `test/${name}.test.ts`)
/** One storage serves two families. @type {Suite} */
const ofMysql = { path: 'packages/storage-mysql', variable: 'DBJOBQ_MYSQL_URL' }

/** @type {Record<string, Family>} */
export const families = {
  mongo: {
    ownUrl: 'DBJOBQ_MONGO_URL',
    servers: ['mongo-standalone', 'mongo-replicaset'],
    suites: [{ path: 'packages/storage-mongo', variable: 'DBJOBQ_MONGO_URL', second: {} }, linkCheckerByUrl, labByUrl],
  },
  mysql: {
    ownUrl: 'DBJOBQ_MYSQL_URL',
    servers: ['mysql9'],
    suites: [ofMysql, linkCheckerByUrl, byUrl(bridges), labByUrl, ...onlyFull(byUrl(httpApi), byUrl(payments))],
  },
  sqlite: {
    suites: [
      { path: 'packages/storage-sqlite' },
      { path: linkChecker },
      { path: httpApi },
      { path: digest },
      { path: bridges },
      { path: custom, only: ['test/conformance.test.ts', 'test/docs.test.ts', 'test/lock.test.ts'] },
      { path: lab },
      ...onlyFull({ path: payments }, { path: custom, only: ['test/queue.test.ts'] }),
    ],
  },
  postgres: {
    ownUrl: 'DBJOBQ_POSTGRES_URL',
    servers: ['postgres18', 'postgres13'],
    suites: [
      // What an older version may not know is a statement, and each is in the contract's cases.
      { path: 'packages/storage-postgres', variable: 'DBJOBQ_POSTGRES_URL', second: { without: ofRuntime } },
      linkCheckerByUrl,
      byUrl(httpApi),
      byUrl(digest),
      byUrl(bridges),
      byUrl(payments),
      labByUrl,
    ],
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
  mariadb: {
    ownUrl: 'DBJOBQ_MARIADB_URL',
    servers: ['mariadb10'],
    suites: [
      { ...ofMysql, without: ['test/queue.test.ts'] },
      linkCheckerByUrl,
      ...onlyFull(byUrl(bridges), byUrl(httpApi), byUrl(payments), labByUrl),
    ],
  },
}

/** Several run at a time, so those that take longest begin; the others, and then what only computes, fill the end. */
export const longestFirst = ['mongo-standalone', 'mongo-replicaset', 'mysql9', 'postgres18', 'sqlite', 'memory', 'mariadb10', 'postgres13']
