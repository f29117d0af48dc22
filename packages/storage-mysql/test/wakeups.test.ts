import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import knexOf from 'knex'
import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import { afterAll, describe, expect, it } from 'vitest'
import type { MysqlStorage } from '@dbjobq/storage-mysql'
import { TestDatabase, url } from './database.js'

const database = new TestDatabase()
const pulses = `${database.prefix}pulses`
afterAll(() => database.dispose())

const patience = { timeout: 20_000, interval: 20 }
const columns = 'hints, sent_at'
const now = `timestampdiff(microsecond, '1970-01-01', utc_timestamp(6)) div 1000`

async function listening(storage: MysqlStorage): Promise<{ heard: string[]; end: () => Promise<void> }> {
  const heard: string[] = []
  return { heard, end: await storage.wakeups.listen((hint) => heard.push(hint)) }
}

/** Of a pool of one connection: what it was asked by prepared statements, as all of a storage's own are, and its id. */
async function sessionOf(storage: MysqlStorage): Promise<{ executed: number; id: number }> {
  return storage.transaction(async (tx) => {
    const ask = async (sql: string) => (await tx.raw<Record<string, unknown>[][]>(sql))[0]?.[0] ?? {}
    const { Value: executed } = await ask(`show session status like 'Com_stmt_execute'`)
    const { id } = await ask('select connection_id() as id')
    return { executed: Number(executed), id: Number(id) }
  })
}

const count = async (): Promise<number> => {
  const [[row]] = await database.pool.query<RowDataPacket[]>(`select count(*) as count from ${pulses}`)
  return Number(row?.count)
}

describe('hints', { timeout: 60_000 }, () => {
  it('of four senders at once are all heard, by one listener', async () => {
    const { heard, end } = await listening(await database.empty())
    const senders = Array.from({ length: 4 }, () => database.open())
    const sent = senders.map((_, sender) => Array.from({ length: 50 }, (_, index) => `queue ${sender} ${index}`))
    await Promise.all(senders.flatMap((sender, index) => (sent[index] ?? []).map((hint) => sender.wakeups.send([hint]))))
    await expect.poll(() => heard.toSorted(), patience).toEqual(sent.flat().toSorted())
    await end()
  })

  it('of one call may be more than a row holds', async () => {
    const storage = await database.empty()
    const { heard, end } = await listening(storage)
    const hints = Array.from({ length: 1_000 }, (_, index) => `${index}`.padEnd(200, 'x'))
    await storage.wakeups.send(hints)
    await expect.poll(() => heard.length, patience).toBe(hints.length)
    expect(heard).toEqual(hints)
    await end()
  })

  it('that are committed out of order are all heard, and none waits for an open transaction', async () => {
    const storage = await database.empty()
    const { heard, end } = await listening(storage)
    const late = await database.pool.getConnection()
    try {
      await late.beginTransaction()
      await late.query(`insert into ${pulses} (${columns}) values ('late', ${now})`)
      await storage.wakeups.send(['early'])
      await expect.poll(() => heard, patience).toEqual(['early'])
      await late.commit()
      await expect.poll(() => heard, patience).toEqual(['early', 'late'])
    } finally {
      await late.rollback()
      late.release()
    }
    await end()
  })

  it('are heard again after the table was emptied and its ids began anew', async () => {
    const storage = await database.empty()
    const { heard, end } = await listening(storage)
    for (const hint of ['one', 'two', 'three']) await storage.wakeups.send([hint])
    await expect.poll(() => heard, patience).toEqual(['one', 'two', 'three'])
    await database.pool.query(`truncate table ${pulses}`)
    // Until the reader has seen it empty.
    await expect
      .poll(async () => {
        await storage.wakeups.send(['four'])
        return heard.includes('four')
      }, patience)
      .toBe(true)
    await end()
  })

  it('are heard after the connection was killed, again and again', async () => {
    const sender = await database.empty()
    const storage = database.open({ url, pool: { max: 1 } })
    const { heard, end } = await listening(storage)
    for (const hint of ['first', 'second', 'third']) {
      const { id } = await sessionOf(storage)
      await database.pool.query('kill ?', [id])
      await sender.wakeups.send([hint])
      await expect.poll(() => heard.at(-1), patience).toBe(hint)
    }
    await end()
  })

  it('need a schema', async () => {
    const other = new TestDatabase()
    try {
      const storage = other.open()
      await expect(storage.wakeups.listen(() => undefined)).rejects.toMatchObject({ code: 'SCHEMA_OUTDATED' })
      await expect(storage.wakeups.send(['x'])).rejects.toMatchObject({ code: 'SCHEMA_OUTDATED' })
      await storage.migrate()
      const { heard, end } = await listening(storage)
      await storage.wakeups.send(['x'])
      await expect.poll(() => heard, patience).toEqual(['x'])
      await end()
    } finally {
      await other.dispose()
    }
  })
})

describe('old pulses', { timeout: 60_000 }, () => {
  it('are removed by who sends, the young and those in open transactions not', async () => {
    await database.empty()
    for (const [rows, age] of [
      [2_500, 120_000],
      [10, 1_000],
    ] as const) {
      await database.pool.query(`insert into ${pulses} (${columns}) values ${Array(rows).fill(`('old', ${now} - ${age})`).join()}`)
    }
    const open = await database.pool.getConnection()
    try {
      await open.beginTransaction()
      await open.query(`insert into ${pulses} (${columns}) values ('open', ${now})`)
      await database.open().wakeups.send(['new'])
      await expect.poll(count, patience).toBe(11)
      await open.commit()
    } finally {
      await open.rollback()
      open.release()
    }
    expect(await count()).toBe(12)
  })

  it('are never all removed: by the newest readers know that the table is the same', async () => {
    await database.empty()
    const [{ insertId }] = await database.pool.query<ResultSetHeader>(
      `insert into ${pulses} (${columns}) values ('old', 0), ('old', 0), ('old', 0)`,
    )
    const sender = database.open()
    await sender.wakeups.send(['new'])
    await expect.poll(count, patience).toBe(1)
    const [[row]] = await database.pool.query<RowDataPacket[]>(`select id from ${pulses}`)
    expect(Number(row?.id)).toBeGreaterThan(insertId)
  })
})

describe('those who listen in one process', { timeout: 60_000 }, () => {
  it('share one reader, which asks at most four times a second', async () => {
    await database.empty()
    const storage = database.open({ url, pool: { max: 1 } })
    const listeners = await Promise.all(Array.from({ length: 20 }, () => listening(storage)))
    const [before, began] = [await sessionOf(storage), performance.now()]
    await sleep(2_000)
    const [after, seconds] = [await sessionOf(storage), (performance.now() - began) / 1_000]
    expect(after.executed - before.executed).toBeGreaterThan(0)
    expect(after.executed - before.executed).toBeLessThanOrEqual(4 * seconds + 1)
    await Promise.all(listeners.map(({ end }) => end()))
    const ended = await sessionOf(storage)
    await sleep(1_000)
    expect((await sessionOf(storage)).executed - ended.executed).toBe(0)
  })

  it('are not harmed by one that throws', async () => {
    const storage = await database.empty()
    const endThrowing = await storage.wakeups.listen(() => {
      throw new Error('of the listener')
    })
    const { heard, end } = await listening(storage)
    await storage.wakeups.send(['one', 'two'])
    await expect.poll(() => heard, patience).toEqual(['one', 'two'])
    await Promise.all([end(), endThrowing(), end()])
  })

  it('fail quietly while their pool is closed under them', async () => {
    await database.empty()
    const knex = knexOf({ client: 'mysql2', connection: url })
    const storage = database.open({ knex })
    await listening(storage)
    // Vitest fails on a rejection that nobody handles.
    await knex.destroy()
    await sleep(500)
    await storage.close()
  })

  it('hear nothing after close, which ends at once and lets the process end', async () => {
    await database.empty()
    const script = `
      import { MysqlStorage } from '@dbjobq/storage-mysql'
      const storage = new MysqlStorage({ url: process.env.DBJOBQ_MYSQL_URL, prefix: process.argv[1] })
      await storage.wakeups.listen(() => undefined)
      await storage.wakeups.send(['x'])
      const began = performance.now()
      await storage.close()
      console.log(performance.now() - began)`
    const cwd = fileURLToPath(new URL('..', import.meta.url))
    const child = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, database.prefix], { cwd, timeout: 20_000 })
    expect(Number((await child).stdout)).toBeLessThan(1_000)
  })
})
