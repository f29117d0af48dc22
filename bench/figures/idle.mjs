import { setTimeout as pause } from 'node:timers/promises'
import { defineJob, handle, JobQueue, typed, Worker } from '@dbjobq/core'

const seconds = 30

/** How often a worker with nothing to do asks the database. Our own two looks at the counter are taken off. */
export async function idle({ storage, kind, url }) {
  const calls = countCalls(storage)
  const counter = await openCounter[kind](url, calls)
  const queue = new JobQueue(calls.storage)
  const worker = new Worker(queue, { jobs: [handle(defineJob({ type: 'idle', data: typed() }), () => undefined)] })
  await worker.start()
  // The rests between looks grow at first.
  await pause(15_000)
  const before = await counter.read()
  await pause(seconds * 1_000)
  const asked = (await counter.read()) - before - counter.own
  await worker.stop()
  await counter.close()
  return `an idle worker: ${(asked / seconds).toFixed(2)} ${counter.unit}/s`
}

const openCounter = {
  async postgres(url) {
    const { default: pg } = await import('pg')
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const text =
      'select pg_stat_clear_snapshot(), xact_commit + xact_rollback as n from pg_stat_database where datname = current_database()'
    // The server counts a transaction up to a second late.
    const read = async () => (await pause(1_500), Number((await client.query(text)).rows[0].n))
    return { unit: 'transactions', own: 1, read, close: () => client.end() }
  },
  async mysql(url) {
    const { default: mysql } = await import('mysql2/promise')
    const connection = await mysql.createConnection(url)
    const read = async () => Number((await connection.query(`show global status like 'Questions'`))[0][0].Value)
    return { unit: 'statements', own: 1, read, close: () => connection.end() }
  },
  async mongo(url) {
    const { MongoClient } = await import('mongodb')
    const client = await new MongoClient(url).connect()
    const read = async () => {
      const { opcounters } = await client.db('admin').command({ serverStatus: 1 })
      return ['query', 'insert', 'update', 'delete', 'getmore', 'command'].reduce((sum, name) => sum + Number(opcounters[name]), 0)
    }
    // Every client also says hello, which counts: see what is left without a worker.
    const before = await read()
    await pause(seconds * 1_000)
    const hellos = (await read()) - before - 1
    return { unit: `operations (${(hellos / seconds).toFixed(2)}/s of which were there before)`, own: 1, read, close: () => client.close() }
  },
  /** Nothing counts queries there but the storage itself. */
  sqlite: async (_url, calls) => ({ unit: 'calls of the storage', own: 0, read: async () => calls.count, close: async () => {} }),
}

function countCalls(storage) {
  const calls = { count: 0 }
  calls.storage = new Proxy(storage, {
    get(target, name) {
      const value = target[name]
      if (typeof value !== 'function') return value
      return (...args) => (calls.count++, value.apply(target, args))
    },
  })
  return calls
}
