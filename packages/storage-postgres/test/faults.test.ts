import { PostgresStorage } from '@dbjobq/storage-postgres'
import type { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { execute, freshName, url, urlOf, withClient } from './database.js'
import { claim, completion, newJob } from './jobs.js'

const schema = freshName()
const one = new PostgresStorage({ url, schema, pool: { max: 1 }, callTimeout: 5_000 })
const hasty = new PostgresStorage({ url, schema, pool: { max: 1 }, callTimeout: 300 })

/** Holds the table while `work` runs. */
function locked<T>(work: (client: Client) => Promise<T>): Promise<T> {
  return withClient(async (client) => {
    await client.query(`begin; lock table ${schema}.dbjobq_jobs in access exclusive mode`)
    const answer = await work(client)
    await client.query('commit')
    return answer
  })
}

async function backendsWaiting(client: Client): Promise<number[]> {
  const text = `select pid from pg_locks where relation = '${schema}.dbjobq_jobs'::regclass and not granted`
  const { rows } = await client.query<{ pid: number }>(text)
  return rows.map(({ pid }) => pid)
}

beforeAll(() => one.migrate())

afterAll(async () => {
  await Promise.all([one.close(), hasty.close()])
  await execute(`drop schema ${schema} cascade`)
})

describe('faults', () => {
  it('tells a connection that was killed in the middle as UNAVAILABLE, and goes on with another', async () => {
    const job = newJob()
    await locked(async (client) => {
      const call = expect(one.insertJobs([job])).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true, applied: 'unknown' })
      await expect.poll(() => backendsWaiting(client)).toHaveLength(1)
      await client.query('select pg_terminate_backend($1)', await backendsWaiting(client))
      await call
    })
    expect(await one.insertJobs([job])).toEqual([{ inserted: true, id: job.id }])
    await one.deleteJobs([job.id])
  })

  it('replaces a connection that was killed while it lay in the pool', async () => {
    await one.findWorkers()
    await withClient(async (client) => {
      const idle = `from pg_stat_activity where query like '%${schema}%' and state = 'idle'`
      await client.query(`select pg_terminate_backend(pid) ${idle}`)
      // It only sends a signal: the backends end a moment later, and until then the pool is well.
      await expect.poll(async () => (await client.query(`select pid ${idle}`)).rowCount).toBe(0)
    })
    // What the socket says is heard only after a turn of the event loop; until then one call may meet the dead connection.
    await one.findWorkers().catch((error: unknown) => expect(error).toMatchObject({ code: 'UNAVAILABLE' }))
    expect(await one.findWorkers()).toEqual([])
  })

  it('ends a call after callTimeout, stops its statement and gives its connection free', async () => {
    const job = newJob()
    await locked(async (client) => {
      const started = performance.now()
      await expect(hasty.insertJobs([job])).rejects.toMatchObject({ code: 'TIMEOUT', applied: 'unknown' })
      expect(performance.now() - started).toBeLessThan(3_000)
      // The lock is still held: only a cancelled statement can be gone.
      await expect.poll(() => backendsWaiting(client)).toEqual([])
    })
    expect(await hasty.findJobs({ ids: [job.id] }, { limit: 1 })).toEqual([])
    expect(await hasty.insertJobs([job])).toEqual([{ inserted: true, id: job.id }])
    await hasty.deleteJobs([job.id])
  })

  it('ends a call that finds no free connection with TIMEOUT, and nothing was written', async () => {
    await hasty.transaction(async () => {
      await expect(hasty.findWorkers()).rejects.toMatchObject({ code: 'TIMEOUT' })
    })
    expect(await hasty.findWorkers()).toEqual([])
  })

  it('tells an unknown user, a missing database, a missing right and a read-only server apart', async () => {
    const openers: [string, PostgresStorage][] = [
      ['FORBIDDEN', new PostgresStorage(urlOf('dbjobq_nobody', 'wrong'))],
      ['UNAVAILABLE', new PostgresStorage(Object.assign(new URL(url), { pathname: '/dbjobq_no_such_database' }).href)],
      ['READ_ONLY', new PostgresStorage({ connection: { connectionString: url, options: '-c default_transaction_read_only=on' }, schema })],
    ]
    for (const [code, storage] of openers) {
      await expect(storage.insertJobs([newJob()])).rejects.toMatchObject({ code, applied: 'no' })
      await storage.close()
    }
  })

  it('hands out each job once while a reader holds a snapshot of all that churns', async () => {
    await withClient(async (reader) => {
      await reader.query('begin isolation level repeatable read')
      await reader.query(`select count(*) from ${schema}.dbjobq_jobs`)
      const seen = new Set<string>()
      for (let round = 0; round < 20; round++) {
        await one.insertJobs(Array.from({ length: 200 }, () => newJob()))
        const { jobs } = await claim(one, 200)
        for (const { id } of jobs) seen.add(id)
        expect(await one.settleJobs(jobs.map((job) => completion(job)))).toEqual(Array(200).fill('settled'))
        expect(await one.pruneJobs({ now: 3, limit: 500 })).toBe(200)
      }
      expect(seen.size).toBe(4_000)
      const { rows } = await reader.query<{ count: string }>(`select count(*) from ${schema}.dbjobq_jobs`)
      expect(rows).toEqual([{ count: '0' }])
      await reader.query('commit')
    })
  })

  it('never claims past its limit on a table that statistics call empty', async () => {
    await execute(
      `analyze ${schema}.dbjobq_jobs`,
      `insert into ${schema}.dbjobq_jobs (id, queue, type, priority, status, run_at, key_until, data, options)
        select n::text, 'default', 'noop', 5, 'pending', n, 'claim', '{}', '{}' from generate_series(1, 20000) n`,
    )
    for (let call = 0; call < 8; call++) {
      const { jobs, more } = await claim(one, 5)
      expect(jobs).toHaveLength(5)
      expect(more).toBe(true)
      expect(await one.settleJobs(jobs.map((job) => completion(job)))).toEqual(Array(5).fill('settled'))
    }
    expect((await one.countJobs([], { filter: { status: ['completed'] }, scanLimit: 100 })).counts).toMatchObject([{ count: 40 }])
    await execute(`truncate ${schema}.dbjobq_jobs`)
  })
})
