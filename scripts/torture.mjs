// @ts-check
// What `npm run torture` calls: the failure lab on a database of yours, in tables of its own, which it removes again. docs/failure-lab.md
import { randomInt } from 'node:crypto'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { compile, everything } from './compile.mjs'
import { endLike, root, run } from './run.mjs'

const usage = `npm run torture -- --database URL [--minutes 5] [--jobs 0] [--workers 4] [--seed N]
  --database  postgres://, mysql://, mariadb://, mongodb://, sqlite: or the path of an SQLite file
  --module    instead of it: a file of yours that exports open(), an empty store of a storage of your own
  --minutes   how long; --jobs: at least so many, however long that takes
  --seed      of an earlier run: the same cruelties in the same order, the same faults`

const prefix = 'dbjobq_torture_'

/** @param {string | undefined} text @param {string} name @param {number} least */
function numberOf(text, name, least) {
  const value = Number(text)
  if (!(value >= least)) throw new Error(`--${name} must be a number of at least ${String(least)}.\n\n${usage}`)
  return value
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      database: { type: 'string' },
      module: { type: 'string' },
      minutes: { type: 'string', default: '5' },
      jobs: { type: 'string', default: '0' },
      workers: { type: 'string', default: '4' },
      seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    },
  })
  if ((values.database === undefined) === (values.module === undefined)) throw new Error(usage)
  return {
    database: values.database ?? '',
    module: resolve(values.module ?? `${root}/packages/failure-lab/test/open-storage.mjs`),
    seconds: 60 * numberOf(values.minutes, 'minutes', 0),
    jobs: numberOf(values.jobs, 'jobs', 0),
    workers: numberOf(values.workers, 'workers', 2),
    seed: numberOf(values.seed, 'seed', 0),
  }
}

/** @param {import('../packages/failure-lab/dist/index.js').Progress} progress */
function describe({ seconds, ended, began, enqueued, lost, calls, failedCalls, troubles, cruelties }) {
  const done = Object.entries(cruelties).map(([name, count]) => `${name} ${String(count)}`)
  return [
    `${seconds.toFixed(0)} s: ${String(ended)} jobs done of ${String(enqueued)}, ${String(began)} runs, ${String(lost)} lost leases`,
    `${String(failedCalls)} of ${String(calls)} calls failed on purpose, ${String(troubles)} troubles; ${done.join(', ')}`,
  ].join('; ')
}

async function torture() {
  const { database, module, seed, ...size } = readOptions()
  const built = await run('node', compile(everything()))
  if (built.signal || built.code !== 0) return endLike(built)
  const { runPlan, torturePlan } = await import('../packages/failure-lab/dist/index.js')
  process.env.DBJOBQ_DATABASE_URL = database
  process.env.DBJOBQ_LAB_PREFIX = prefix
  /** @type {{ open: () => Promise<import('../packages/core/dist/index.js').JobStorage> }} */
  const { open } = await import(pathToFileURL(module).href)
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop.abort(new Error(`stopped by ${signal}`)))
  console.log(`The seed is ${String(seed)}.`)
  let told = 0
  try {
    const plan = { ...torturePlan, ...size }
    const report = await runPlan({
      open,
      module,
      plan,
      seed,
      signal: stop.signal,
      onProgress: (progress) => {
        if (progress.seconds < told + 10) return
        told = progress.seconds
        console.log(describe(progress))
      },
    })
    const { jobs, completed, failed, cancelled, runs, unheard, unacknowledged, ticks, lost, problems } = report
    console.log(describe(report))
    console.log({ jobs, completed, failed, cancelled, runs, lost, unheard, unacknowledged, ticks })
    for (const problem of problems) console.error(problem)
    console.log(
      problems.length === 0 ? 'It balances.' : `It does not balance. The ledgers are in ${report.folder}; the seed is ${String(seed)}.`,
    )
    if (problems.length === 0) report.remove()
    process.exitCode = problems.length === 0 ? 0 : 1
  } finally {
    const storage = await open()
    await storage.migrate({ to: 0 })
    await storage.close()
  }
}

try {
  await torture()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
