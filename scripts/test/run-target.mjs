// @ts-check
import { askVersion } from '../servers/version.mjs'
import { suiteEnvironment } from './choose-targets.mjs'
import { runSuite } from './run-suite.mjs'

/** @typedef {import('./choose-targets.mjs').Target} Target */
/** @typedef {import('../servers/index.mjs').Started | import('../servers/index.mjs').Missing} Server */
/** @typedef {import('./run-suite.mjs').Outcome & { name: string, left: string[], version: string, ms: number }} TargetOutcome */

/**
 * Runs the suites of one target, one after another, as soon as its server is there.
 * @param {import('./children.mjs').Children} children
 * @param {Target} target
 * @param {Promise<Server> | undefined} server
 * @param {(line: string) => void} print
 * @returns {Promise<TargetOutcome>}
 */
export async function runTarget(children, target, server, print) {
  /** @type {TargetOutcome} */
  const total = {
    name: target.name,
    left: target.left,
    version: '',
    ms: 0,
    passed: 0,
    failed: 0,
    skipped: 0,
    failures: [],
    tests: [],
  }
  try {
    const { url, version } = await findDatabase(target, await server)
    total.version = version
    const begin = performance.now()
    for (const { path, variable, ...files } of target.suites) {
      const outcome = await runSuite(
        children,
        path,
        files,
        { ...suiteEnvironment(process.env, variable, url), ...scaleOf(target) },
        (line) => line && print(`${target.name} | ${line}`),
      )
      for (const key of /** @type {const} */ (['passed', 'failed', 'skipped'])) total[key] += outcome[key]
      total.failures.push(...outcome.failures)
      total.tests.push(...outcome.tests)
    }
    total.ms = performance.now() - begin
  } catch (error) {
    total.version = 'not run'
    total.failed++
    total.failures.push(`not run: ${error instanceof Error ? error.message : String(error)}`)
  }
  return total
}

/** Contention takes all cores while it goes on. @param {Target} target */
const scaleOf = ({ server, isSecond }) => ({
  DBJOBQ_OWN_SERVER: server,
  ...(isSecond ? { DBJOBQ_CONTENTION_SECONDS: '4', DBJOBQ_CONTENTION_JOBS: '1000' } : {}),
})

/**
 * @param {Target} target
 * @param {Server | undefined} server
 * @returns {Promise<{ url?: string, version: string }>}
 */
async function findDatabase({ name, url }, server) {
  if (server && 'error' in server) throw server.error
  if (server) return server
  if (url) return { url, version: await askVersion(url) }
  return { version: name === 'sqlite' ? await askSqlite() : `Node ${process.versions.node}` }
}

async function askSqlite() {
  const { default: Database } = await import('better-sqlite3')
  const database = new Database(':memory:')
  try {
    return String(database.prepare('SELECT sqlite_version()').pluck().get())
  } finally {
    database.close()
  }
}
