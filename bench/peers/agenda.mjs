import { MongoBackend } from '@agendajs/mongo-backend'
import { Agenda } from 'agenda'
import { MongoClient } from 'mongodb'
import { dataOf, drained } from './drained.mjs'

/** It locks every ready job, one query each, before the first handler runs, and has no bulk insert. */
const most = 5_000
const best = { processEvery: 100, defaultConcurrency: 100, maxConcurrency: 100 }

export async function drain(url, wanted) {
  const count = Math.min(wanted, most)
  const client = await new MongoClient(url).connect()
  const jobs = client.db().collection('agendaJobs')
  await jobs.drop().catch(() => {})
  const agenda = new Agenda({ backend: new MongoBackend({ mongo: client.db() }), ...best })
  await agenda.ready
  for (let at = 0; at < count; at += 50) await Promise.all(Array.from({ length: 50 }, (_, i) => agenda.now('noop', dataOf(at + i))))
  const start = (onJob) => {
    agenda.define('noop', async () => onJob(), { concurrency: 100, lockLimit: 200 })
    return agenda.start()
  }
  const ms = await drained(count, start, () => jobs.countDocuments({ name: 'noop', nextRunAt: { $ne: null } }))
  await agenda.stop()
  await jobs.drop()
  await client.close()
  return (ms * wanted) / count
}
