import mysql from 'mysql2/promise'
import { Sidequest } from 'sidequest'
import { dataOf, drained } from './drained.mjs'
import { NoopJob } from './sidequest-job.mjs'

const tables = ['sidequest_jobs', 'sidequest_queues', 'sidequest_migrations', 'sidequest_migrations_lock']
/** It runs some hundred jobs/s and has no bulk insert. */
const most = 2_000

/** No process and no thread for each job, 100 at a time, a look every 5 ms. */
const best = { fork: false, runner: 'inline', maxConcurrentJobs: 100, jobPollingInterval: 5, queueDefaults: { concurrency: 100 } }

export async function drain(url, wanted) {
  const count = Math.min(wanted, most)
  const connection = await mysql.createConnection(url)
  for (const table of tables) await connection.query(`drop table if exists ${table}`)
  const backend = { driver: '@sidequest/mysql-backend', config: { connection: url, pool: { min: 2, max: 20 } } }
  const queues = [{ name: 'default', concurrency: 100 }]
  const options = { backend, queues, logger: { level: 'error' }, gracefulShutdown: false, dashboard: { enabled: false }, ...best }
  await Sidequest.configure(options)
  for (let at = 0; at < count; at += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, i) => Sidequest.build(NoopJob).enqueue(dataOf(at + i))))
  }
  const start = (onJob) => {
    globalThis.onSidequestJob = onJob
    return Sidequest.start(options)
  }
  const left = `select count(*) as n from sidequest_jobs where state in ('waiting', 'claimed', 'running')`
  const ms = await drained(count, start, async () => Number((await connection.query(left))[0][0].n))
  await Sidequest.stop()
  for (const table of tables) await connection.query(`drop table if exists ${table}`)
  await connection.end()
  return (ms * wanted) / count
}
