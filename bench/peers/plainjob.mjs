import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { better, defineQueue, defineWorker } from 'plainjob'
import { dataOf, drained } from './drained.mjs'

const logger = { error() {}, warn() {}, info() {}, debug() {} }

/** It has one knob, the poll interval; and a file of its own, whatever `url` says. */
export async function drain(_url, count) {
  const folder = mkdtempSync(join(tmpdir(), 'dbjobq-bench-'))
  const database = new Database(join(folder, 'plainjob.db'))
  const queue = defineQueue({ connection: better(database), logger })
  for (let at = 0; at < count; at += 5_000) {
    queue.addMany(
      'noop',
      Array.from({ length: Math.min(5_000, count - at) }, (_, i) => dataOf(at + i)),
    )
  }
  let worker
  const start = (onJob) => {
    worker = defineWorker('noop', async (job) => (JSON.parse(job.data), onJob()), { queue, logger, pollIntervall: 10 })
    setImmediate(() => worker.start())
  }
  const left = database.prepare('select count(*) as n from plainjob_jobs where status in (0, 1)')
  const ms = await drained(count, start, () => left.get().n)
  await worker.stop()
  queue.close()
  rmSync(folder, { recursive: true })
  return ms
}
