import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import pg from 'pg'
import { dataOf, drained } from './drained.mjs'

/** The preset of its documentation's performance page. */
const best = { concurrentJobs: 24, maxPoolSize: 25, localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }

export async function drain(url, count) {
  const preset = { worker: { connectionString: url, logger: new Logger(() => () => {}), ...best } }
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  await pool.query('drop schema if exists graphile_worker cascade')
  const utils = await makeWorkerUtils({ preset })
  await utils.migrate()
  for (let at = 0; at < count; at += 5_000) {
    const size = Math.min(5_000, count - at)
    await utils.addJobs(Array.from({ length: size }, (_, i) => ({ identifier: 'noop', payload: dataOf(at + i) })))
  }
  let runner
  const start = async (onJob) => (runner = await run({ preset, taskList: { noop: async () => onJob() } }))
  // It deletes what is done.
  const remaining = async () => Number((await pool.query('select count(*) as n from graphile_worker._private_jobs')).rows[0].n)
  const ms = await drained(count, start, remaining)
  await runner.stop()
  await utils.release()
  await pool.query('drop schema graphile_worker cascade')
  await pool.end()
  return ms
}
