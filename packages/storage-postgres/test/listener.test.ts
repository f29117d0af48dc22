import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { JobQueue, defineJob, typed } from '@dbjobq/core'
import { PostgresStorage, type PostgresOptions } from '@dbjobq/storage-postgres'
import knexOf, { type Knex } from 'knex'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { execute, freshName, url, withClient } from './database.js'
import { freezingProxy } from './freezing-proxy.js'

const schema = freshName()
const sender = new PostgresStorage({ url, schema })
const patience = { timeout: 15_000 }

beforeAll(() => sender.migrate())
afterAll(async () => {
  await sender.close()
  await execute(`drop schema ${schema} cascade`)
})

/** A storage that listens under a name of its own, and what it heard. */
async function hearing(options: Partial<PostgresOptions> = {}, connectionString = url) {
  const name = freshName()
  const storage = new PostgresStorage({ url, schema, listen: { connection: { connectionString, application_name: name } }, ...options })
  const heard: string[] = []
  const end = await (storage.wakeups?.listen((hint) => heard.push(hint)) ?? Promise.reject(new Error('no wake-ups')))
  return { storage, heard, end, backends: () => backendsOf(name), [Symbol.asyncDispose]: () => storage.close() }
}

function backendsOf(name: string): Promise<number[]> {
  return withClient(async (client) => {
    const { rows } = await client.query<{ pid: number }>('select pid from pg_stat_activity where application_name = $1', [name])
    return rows.map(({ pid }) => pid)
  })
}

async function untilHeard(heard: string[], hint: string): Promise<void> {
  await expect
    .poll(async () => {
      await sender.wakeups?.send([hint])
      return heard
    }, patience)
    .toContain(hint)
}

describe('wake-ups', () => {
  it('are heard again after the connection was killed, and what was missed is told', async () => {
    await using listener = await hearing()
    const before = await listener.backends()
    expect(before).toHaveLength(1)
    await withClient((client) => client.query('select pg_terminate_backend($1)', before))
    await expect.poll(() => listener.heard, patience).toContain('*')
    await untilHeard(listener.heard, 'again')
    expect(await listener.backends()).not.toEqual(before)
  })

  it('are heard again after the network was cut without a word', { timeout: 60_000 }, async () => {
    await using proxy = await freezingProxy(url)
    await using listener = await hearing({}, proxy.url)
    await untilHeard(listener.heard, 'before')
    proxy.freeze()
    const cutAt = performance.now()
    await expect.poll(() => listener.heard, { timeout: 50_000 }).toContain('*')
    expect(performance.now() - cutAt).toBeGreaterThan(4_000)
    await untilHeard(listener.heard, 'after')
  })

  it('are UNSUPPORTED where what is sent does not arrive, as through a pooler in transaction mode', { timeout: 30_000 }, async () => {
    // Notifications stay within a database.
    const database = freshName()
    await execute(`create database ${database}`)
    try {
      const elsewhere = Object.assign(new URL(url), { pathname: `/${database}` }).href
      await expect(hearing({}, elsewhere)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    } finally {
      await execute(`drop database ${database}`)
    }
  })

  it('carry more than one notification holds, and come to their schema and prefix only', async () => {
    const long = `${schema} ${'x'.repeat(30)}`
    await using own = await hearing()
    await using others = await hearing({ prefix: 'other_' })
    await using elsewhere = await hearing({ schema: long })
    const hints = Array.from({ length: 500 }, (_, n) => `q${String(n).padStart(128, 'x')} 0 ~`)
    await sender.wakeups?.send(hints)
    await expect.poll(() => own.heard, patience).toHaveLength(500)
    expect(own.heard).toEqual(hints)
    await using other = new PostgresStorageToDispose({ url, schema: long })
    await other.storage.wakeups?.send(['long'])
    await expect.poll(() => elsewhere.heard, patience).toEqual(['long'])
    expect(others.heard).toEqual([])
  })

  it('leave no connection when nobody listens any more, nor after close', async () => {
    const ended = await hearing()
    await ended.end()
    await expect.poll(ended.backends, patience).toEqual([])
    const end = await ended.storage.wakeups?.listen((hint) => ended.heard.push(hint))
    expect(await ended.backends()).toHaveLength(1)
    await ended.storage.close()
    await expect.poll(ended.backends, patience).toEqual([])
    await end?.()
    await expect(ended.storage.wakeups?.listen(() => undefined)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('let the process end after close', async () => {
    const script = fileURLToPath(new URL('listen-and-close.mjs', import.meta.url))
    expect((await promisify(execFile)(process.execPath, [script, url], { timeout: 20_000 })).stdout).toBe('closed\n')
  })

  it('are heard with a Knex handed in, however it connects, and are not there where it cannot be known', async () => {
    const connections: NonNullable<Knex.Config['connection']>[] = [
      url,
      { connectionString: url },
      () => ({ connectionString: url }),
      parts(),
    ]
    for (const connection of connections) {
      const knex = knexOf({ client: 'pg', connection })
      const storage = new PostgresStorage({ knex, schema })
      const heard: string[] = []
      await storage.wakeups?.listen((hint) => heard.push(hint))
      await untilHeard(heard, 'hint')
      await storage.close()
      await knex.destroy()
    }
    expect(new PostgresStorage({ knex: knexOf({ client: 'pg' }), schema }).wakeups).toBeUndefined()
    expect(new PostgresStorage({ url, listen: false }).wakeups).toBeUndefined()
  })

  it("are never sent in the caller's transaction, but after its commit", async () => {
    await using listener = await hearing()
    const queue = new JobQueue(sender)
    const job = defineJob({ type: 'some', data: typed<null>() })
    const texts = await withClient(async (client) => {
      const query = vi.spyOn(client, 'query')
      await client.query('begin')
      await queue.enqueue(job, null, { tx: client })
      await client.query('commit')
      return query.mock.calls.map(([statement]) => JSON.stringify(statement).toLowerCase())
    })
    expect(texts.length).toBeGreaterThan(2)
    expect(texts.filter((text) => text.includes('notify'))).toEqual([])
    await expect.poll(() => listener.heard.some((hint) => hint.startsWith('qdefault 0 ')), patience).toBe(true)
  })
})

class PostgresStorageToDispose implements AsyncDisposable {
  readonly storage: PostgresStorage
  constructor(options: PostgresOptions) {
    this.storage = new PostgresStorage(options)
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.storage.close()
  }
}

/** As parts, of which Knex hides the password. */
function parts(): Knex.PgConnectionConfig {
  const { hostname, port, username, password, pathname } = new URL(url)
  return { host: hostname, port: Number(port), user: username, password: decodeURIComponent(password), database: pathname.slice(1) }
}
