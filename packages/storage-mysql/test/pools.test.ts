import knexOf, { type Knex } from 'knex'
import { createConnection } from 'mysql2/promise'
import { afterAll, describe, expect, it } from 'vitest'
import { TestDatabase, url } from './database.js'
import { claimRequest, completion, newJob } from './jobs.js'

const database = new TestDatabase()
afterAll(() => database.dispose())

const text = `it's "quoted" \\ 😀 \n ? :a`

/** Pools as users have them, each with a setting that has broken another queue. */
const pools: Record<string, { connection?: object; session?: string }> = {
  'a time zone, dates as strings, big numbers as strings': {
    connection: { timezone: '+05:30', dateStrings: true, supportBigNumbers: true, bigNumberStrings: true },
    session: `set time_zone = '+05:30'`,
  },
  'rows as arrays, its own casts, counts of changed rows only': {
    connection: { rowsAsArray: true, typeCast: () => 'cast', flags: ['-FOUND_ROWS'] },
  },
  'no autocommit': { session: 'set autocommit = 0' },
  'another isolation': { session: 'set session transaction isolation level serializable' },
  'another sql_mode': { session: `set sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT'` },
  'another collation': { session: `set collation_connection = 'utf8mb4_general_ci'` },
  'one connection': {},
}

function poolWith({ connection, session }: { connection?: object; session?: string }, max: number): Knex {
  const { hostname: host, port, username: user, password, pathname } = new URL(url)
  return knexOf({
    client: 'mysql2',
    connection: { host, port: Number(port), user, password, database: pathname.slice(1), ...connection },
    pool: {
      min: 0,
      max,
      afterCreate: (raw: { query(sql: string, done: (error: Error | null) => void): void }, done: (error: Error | null) => void) => {
        raw.query(session ?? 'do 0', done)
      },
    },
  })
}

describe('a pool of the caller', () => {
  for (const [what, settings] of Object.entries(pools)) {
    it(`serves with ${what}`, async () => {
      const watcher = await database.empty()
      const knex = poolWith(settings, what === 'one connection' ? 1 : 3)
      try {
        const storage = database.open({ knex })
        const [first, second] = [newJob({ data: text, uniqueKey: 'a ' }), newJob({ uniqueKey: 'a', runAt: 1_800_000_000_000 })]
        expect(await storage.insertJobs([first, second])).toMatchObject([{ inserted: true }, { inserted: true }])
        expect(await storage.insertJobs([newJob({ uniqueKey: 'a' })])).toEqual([{ inserted: false, id: second.id }])
        const [row, other] = (await storage.claimJobs(claimRequest())).jobs
        if (!row || !other) throw new Error('both were pending')
        expect(row).toMatchObject({ ...first, status: 'running', attempts: 1 })
        const marks = [row, other].map(({ id, claimId }) => ({ id, claimId: claimId ?? '', progress: text }))
        for (const time of ['first', 'second']) expect(await storage.markJobs(marks), time).toEqual([true, true])
        expect(await storage.settleJobs([completion(row, { result: text }), completion(other)])).toEqual(['settled', 'settled'])
        // Seen from outside, so committed.
        expect(await watcher.findJobs({ ids: [first.id] }, { limit: 1 })).toMatchObject([
          { status: 'completed', runAt: first.runAt, finishedAt: 2, result: text, progress: text, uniqueKey: null },
        ])
        const heard: string[] = []
        const end = await storage.wakeups.listen((hint) => heard.push(hint))
        await storage.wakeups.send(['mine'])
        await watcher.wakeups.send(['from outside'])
        await expect.poll(() => heard.toSorted(), { timeout: 10_000 }).toEqual(['from outside', 'mine'])
        await end()
        expect(Math.abs((await storage.serverTime()) - (await watcher.serverTime()))).toBeLessThan(5_000)
      } finally {
        await knex.destroy()
      }
    })
  }

  it('is left with the isolation that it had', async () => {
    await database.empty()
    const knex = poolWith({}, 1)
    try {
      const storage = database.open({ knex })
      await storage.insertJobs([newJob({ uniqueKey: 'k' })])
      await storage.claimJobs(claimRequest())
      // MariaDB 10 has only the first name, MySQL only the second.
      const answer: unknown = await knex.raw(`show variables where variable_name in ('tx_isolation', 'transaction_isolation')`)
      expect(JSON.stringify(answer)).toContain('"Value":"REPEATABLE-READ"')
    } finally {
      await knex.destroy()
    }
  })

  it('is refused with a character set that loses letters', async () => {
    const knex = poolWith({ session: 'set names latin1' }, 1)
    try {
      await expect(database.open({ knex }).describe()).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    } finally {
      await knex.destroy()
    }
  })
})

describe('prefixes', () => {
  it('keep storages of one database apart', async () => {
    const one = await database.empty()
    const other = new TestDatabase()
    try {
      const two = await other.empty()
      await one.insertJobs([newJob({ uniqueKey: 'k' })])
      expect(await two.insertJobs([newJob({ uniqueKey: 'k' })])).toMatchObject([{ inserted: true }])
      expect((await one.claimJobs(claimRequest())).jobs).toHaveLength(1)
      await two.migrate({ to: 0 })
      expect(await one.findJobs({}, { limit: 10 })).toHaveLength(1)
    } finally {
      await other.dispose()
    }
  })
})

describe('the readable view', () => {
  it('shows times in UTC and keys as text, whatever the session', async () => {
    const storage = await database.empty()
    await storage.insertJobs([newJob({ id: '018bcfe5-6800-7000-8000-000000000000', runAt: 1_700_000_000_123, uniqueKey: 'k' })])
    const connection = await createConnection({ uri: url, dateStrings: true })
    try {
      await connection.query(`set time_zone = '+05:30'`)
      const [rows] = await connection.query(`select created_at, run_at, unique_key from ${database.prefix}jobs_readable`)
      expect(rows).toEqual([{ created_at: '2023-11-14 22:13:20.000', run_at: '2023-11-14 22:13:20.123', unique_key: 'k' }])
    } finally {
      await connection.end()
    }
  })
})
