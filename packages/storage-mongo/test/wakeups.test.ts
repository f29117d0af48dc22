import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { MongoStorage } from '@dbjobq/storage-mongo'
import { MongoClient, Timestamp, type CommandStartedEvent } from 'mongodb'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryDatabase, url } from './database.js'

const place = temporaryDatabase()
const { client, database } = place
const db = client.db(database)
const admin = client.db('admin')
const appName = `wakeups-${database}`
const named = `${url}${url.includes('?') ? '&' : '?'}appName=${appName}`
const watched = new MongoClient(named, { monitorCommands: true })
const commands: CommandStartedEvent[] = []
watched.on('commandStarted', (event) => commands.push(event))

let storage: MongoStorage
const opened: MongoStorage[] = []
const patience = { timeout: 20_000, interval: 20 }

function open(options: Partial<ConstructorParameters<typeof MongoStorage>[0] & object> = { url }): MongoStorage {
  const one = new MongoStorage({ database, ...options } as { url: string })
  opened.push(one)
  return one
}

async function listening(to: MongoStorage): Promise<{ heard: string[]; end: () => Promise<void> }> {
  const heard: string[] = []
  const end = (await to.wakeups?.listen((hint) => heard.push(hint))) ?? expect.unreachable()
  return { heard, end }
}

const send = (from: MongoStorage, ...hints: string[]) => from.wakeups?.send(hints) ?? expect.unreachable()
const failPoint = (data: Record<string, unknown>, mode: unknown) =>
  admin.command({ configureFailPoint: 'failCommand', mode, ...(mode === 'off' ? {} : { data: { appName, ...data } }) })

/** The cursors that follow the collection. */
async function cursors(): Promise<unknown[]> {
  const pipeline = [{ $currentOp: { idleCursors: true } }, { $match: { ns: `${database}.dbjobq_hints`, 'cursor.tailable': true } }]
  // As a number a small id would be sent back as a double, which is no id.
  const found = await admin.aggregate<{ cursor: { cursorId: unknown } }>(pipeline, { promoteLongs: false }).toArray()
  return found.map(({ cursor }) => cursor.cursorId)
}

beforeEach(async () => {
  await db.dropDatabase()
  storage = open()
  await storage.migrate()
})

afterEach(async () => {
  await failPoint({}, 'off')
  await Promise.all(opened.splice(0).map((one) => one.close()))
})

afterAll(async () => {
  await watched.close()
  await place[Symbol.asyncDispose]()
})

describe('hints', { timeout: 60_000 }, () => {
  it('of four senders at once are all heard once, by one listener', async () => {
    const { heard } = await listening(storage)
    const sent = [0, 1, 2, 3].map((sender) => Array.from({ length: 50 }, (_, index) => `queue ${sender} ${index}`))
    const senders = sent.map(() => open())
    await Promise.all(sent.flatMap((hints, index) => hints.map((hint) => send(senders[index] ?? storage, hint))))
    await expect.poll(() => heard.toSorted(), patience).toEqual(sent.flat().toSorted())
  })

  it('of one call may be many', async () => {
    const { heard } = await listening(storage)
    const hints = Array.from({ length: 1_000 }, (_, index) => `${index}`.padEnd(200, 'x'))
    await send(storage, ...hints)
    await expect.poll(() => heard, patience).toEqual(hints)
  })

  it('that were sent before are not heard', async () => {
    await send(storage, 'old')
    const { heard } = await listening(open())
    await send(storage, 'new')
    await expect.poll(() => heard, patience).toEqual(['new'])
  })

  it('are heard after the cursor was killed, none of them twice', async () => {
    const { heard } = await listening(storage)
    for (const hint of ['one', 'two', 'three']) {
      let found: unknown[] = []
      await expect.poll(async () => (found = await cursors()).length, patience).toBe(1)
      await db.command({ killCursors: 'dbjobq_hints', cursors: found })
      await send(storage, hint)
      await expect.poll(() => heard.at(-1), patience).toBe(hint)
    }
    expect(heard).toEqual(['one', 'two', 'three'])
  })

  it.each([11_600, 189, 136, 43])('are heard after the server broke the cursor off with error %i', async (errorCode) => {
    const { heard } = await listening(open({ url: named }))
    await failPoint({ failCommands: ['getMore', 'find'], errorCode }, { times: 3 })
    await send(storage, 'one')
    await expect.poll(() => heard, patience).toEqual(['one'])
  })

  it('are heard after lost connections', async () => {
    const { heard } = await listening(open({ url: named }))
    await failPoint({ failCommands: ['getMore'], closeConnection: true }, { times: 2 })
    await send(storage, 'one')
    await expect.poll(() => heard, patience).toEqual(['one'])
  })

  it('are heard after the collection was emptied, and after it was dropped and made anew', async () => {
    const { heard } = await listening(storage)
    await db.collection('dbjobq_hints').deleteMany({})
    await send(storage, 'emptied')
    await expect.poll(() => heard, patience).toEqual(['emptied'])
    await storage.migrate({ to: 0 })
    await storage.migrate()
    await expect
      .poll(async () => {
        await send(storage, 'anew')
        return heard.includes('anew')
      }, patience)
      .toBe(true)
  })

  it('are heard when the clock of the server went back', async () => {
    const { heard } = await listening(storage)
    await send(storage, 'before')
    await expect.poll(() => heard, patience).toEqual(['before'])
    // As a server that was started anew an hour before what its documents say.
    const hints = db.collection<{ at: Timestamp; hints: string[] }>('dbjobq_hints')
    const newest = (await hints.findOne({ hints: 'before' }))?.at ?? expect.unreachable()
    await hints.insertOne({ at: new Timestamp({ t: newest.t + 3_600, i: 1 }), hints: ['ahead'] })
    await expect.poll(() => heard, patience).toEqual(['before', 'ahead'])
    await send(storage, 'behind')
    await db.command({ killCursors: 'dbjobq_hints', cursors: await cursors() })
    await expect
      .poll(async () => {
        await send(storage, 'again')
        return heard.includes('again')
      }, patience)
      .toBe(true)
  })

  it('are kept in a bounded place', async () => {
    for (let sent = 0; sent < 12; sent++) await send(storage, ...Array.from({ length: 1_000 }, (_, index) => `${index}`.padEnd(200, 'x')))
    const [stats] = await db
      .collection('dbjobq_hints')
      .aggregate<{ storageStats: { size: number } }>([{ $collStats: { storageStats: {} } }])
      .toArray()
    expect(stats?.storageStats.size).toBeLessThanOrEqual(1_048_576)
  })
})

describe('those who listen in one process', { timeout: 60_000 }, () => {
  it('share one cursor, which asks at most 1.5 times a second while nothing happens', async () => {
    const one = open({ client: watched })
    const listeners = await Promise.all(Array.from({ length: 20 }, () => listening(one)))
    await sleep(500)
    commands.length = 0
    await sleep(4_000)
    expect(commands.length).toBeGreaterThan(0)
    expect(commands.length).toBeLessThanOrEqual(6)
    await send(storage, 'x')
    for (const { heard } of listeners) await expect.poll(() => heard, patience).toEqual(['x'])
  })

  it('are not harmed by one that throws', async () => {
    const endThrowing = await storage.wakeups?.listen(() => {
      throw new Error('of the listener')
    })
    const { heard, end } = await listening(storage)
    await send(storage, 'one', 'two')
    await expect.poll(() => heard, patience).toEqual(['one', 'two'])
    await Promise.all([end(), endThrowing?.(), end()])
  })

  it('leave no cursor behind, and end within a second', async () => {
    const lent = open({ client })
    const [one, two] = [await listening(storage), await listening(lent)]
    await expect.poll(async () => (await cursors()).length, patience).toBe(2)
    const began = performance.now()
    await Promise.all([one.end(), lent.close()])
    expect(performance.now() - began).toBeLessThan(1_000)
    await expect.poll(cursors, patience).toEqual([])
    expect(two.heard).toEqual([])
  })

  it('leave no cursor behind whose opening is under way', async () => {
    const one = open({ client: watched })
    commands.length = 0
    await failPoint({ failCommands: ['find'], blockConnection: true, blockTimeMS: 150 }, 'alwaysOn')
    const { end } = await listening(one)
    const opens = ({ commandName, command }: CommandStartedEvent) => commandName === 'find' && command.tailable === true
    await expect.poll(() => commands.some(opens), { ...patience, interval: 5 }).toBe(true)
    await end()
    await sleep(300)
    // One whose getMore waits is gone when the wait is over.
    await expect.poll(cursors, { ...patience, timeout: 5_000 }).toEqual([])
  })

  it('fail quietly while their client is closed under them', async () => {
    const own = new MongoClient(url)
    const lent = open({ client: own })
    await listening(lent)
    await expect.poll(async () => (await cursors()).length, patience).toBe(1)
    // Vitest fails on a rejection that nobody handles.
    await own.close()
    await sleep(500)
    await lent.close()
  })

  it('let the process end after close', async () => {
    const script = `
      import { MongoStorage } from '@dbjobq/storage-mongo'
      const storage = new MongoStorage({ url: process.env.DBJOBQ_MONGO_URL, database: process.argv[1] })
      await storage.wakeups.listen(() => undefined)
      await storage.wakeups.send(['x'])
      await new Promise((resolve) => setTimeout(resolve, 200))
      const began = performance.now()
      await storage.close()
      console.log(performance.now() - began)`
    const cwd = fileURLToPath(new URL('..', import.meta.url))
    const child = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, database], { cwd, timeout: 20_000 })
    expect(Number((await child).stdout)).toBeLessThan(1_000)
  })
})

describe('a server without capped collections', { timeout: 60_000 }, () => {
  it('has no wake-ups and all the rest', async () => {
    await db.dropDatabase()
    const poor = open({ url: named })
    // CommandNotSupported. Five other collections are made before.
    await failPoint({ failCommands: ['create'], errorCode: 115 }, { skip: 5 })
    await poor.migrate()
    await failPoint({}, 'off')
    await expect(poor.wakeups?.listen(() => undefined)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    await expect(poor.wakeups?.send(['x'])).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    expect((await poor.describe()).schema).toEqual({ found: 1, wanted: 1 })
    expect(poor.wakeups).toBeUndefined()
    expect(await poor.findJobs({}, { limit: 1 })).toEqual([])
    expect(await db.listCollections({ name: 'dbjobq_hints' }).toArray()).toEqual([])
  })

  it('is not what a pool of one connection, or a schema that is missing, says', async () => {
    expect(open({ url: `${named}&maxPoolSize=1` }).wakeups).toBeUndefined()
    await storage.migrate({ to: 0 })
    await storage.describe()
    await expect(storage.wakeups?.listen(() => undefined)).rejects.toMatchObject({ code: 'SCHEMA_OUTDATED' })
    await storage.migrate()
    await storage.describe()
    const { heard } = await listening(storage)
    await send(storage, 'x')
    await expect.poll(() => heard, patience).toEqual(['x'])
  })
})
