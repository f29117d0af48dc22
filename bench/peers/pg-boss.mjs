import { PgBoss } from 'pg-boss'
import pg from 'pg'
import { dataOf, drained } from './drained.mjs'

/** LISTEN, a handler of batches (one throw fails all 500), bursts. */
const best = { batchSize: 500, localConcurrency: 4, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 }

export async function drain(url, count) {
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  await pool.query('drop schema if exists pgboss cascade')
  const boss = new PgBoss({ connectionString: url, useListenNotify: true, max: 20 })
  boss.on('error', (error) => console.error(error.message))
  await boss.start()
  await boss.createQueue('noop', { notify: true })
  for (let at = 0; at < count; at += 5_000) {
    await boss.insert(
      'noop',
      Array.from({ length: Math.min(5_000, count - at) }, (_, i) => ({ data: dataOf(at + i) })),
    )
  }
  const start = (onJob) => boss.work('noop', best, async (jobs) => jobs.forEach(() => onJob()))
  const left = `select count(*) as n from pgboss.job where name = 'noop' and state < 'completed'`
  const ms = await drained(count, start, async () => Number((await pool.query(left)).rows[0].n))
  await boss.stop({ graceful: false })
  await pool.query('drop schema pgboss cascade')
  await pool.end()
  return ms
}
