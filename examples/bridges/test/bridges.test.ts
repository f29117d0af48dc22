import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sendWelcome, type Order } from '../src/shop.js'
import { openStore, type Store } from './stores.js'

const folder = mkdtempSync(join(tmpdir(), 'bridges-'))
let store: Store
beforeAll(async () => {
  store = await openStore(process.env.DBJOBQ_DATABASE_URL ?? join(folder, 'shop.sqlite'))
  await store.sql('drop table if exists bridges_orders')
  await store.sql('create table bridges_orders (id varchar(40) primary key, email varchar(100) not null, total integer not null)')
  await store.queue.migrate({ to: 0 })
  await store.queue.migrate()
  await store.queue.ready()
}, 60_000)

afterAll(async () => {
  await store.sql('drop table bridges_orders')
  await store.queue.migrate({ to: 0 })
  await store.close()
  rmSync(folder, { recursive: true })
}, 60_000)

describe.each(['kysely', 'drizzle', 'typeorm'] as const)('a transaction of %s', { timeout: 60_000 }, (library) => {
  const place = (id: string, customer: string, total = 10) =>
    store.bridges[library]({ id: `${library}-${id}`, email: `${customer}@${library}.example`, total })
  const orders = async () =>
    ((await store.sql('select id, email, total from bridges_orders')) as Order[]).filter(({ id }) => id.startsWith(library)).length
  const jobs = async () => {
    const { jobs } = await store.queue.listJobs({ job: sendWelcome, limit: 1_000 })
    return jobs.filter(({ data }) => data.email.endsWith(`@${library}.example`))
  }

  it('makes the job exist when it commits', async () => {
    const { id, outcome } = await place('1', 'ada')
    expect(outcome).toBe('enqueued')
    expect((await jobs()).map((job) => job.id)).toEqual([id])
    expect(await orders()).toBe(1)
  })

  it('leaves no job when it rolls back', async () => {
    await expect(place('2', 'bob', 0)).rejects.toThrow('An order needs a total above 0.')
    expect(await jobs()).toHaveLength(1)
    expect(await orders()).toBe(1)
  })

  it('goes on after a duplicate', async () => {
    const [held] = await jobs()
    expect(await place('3', 'ada')).toMatchObject({ outcome: 'duplicate', id: held?.id })
    expect(await jobs()).toHaveLength(1)
    expect(await orders()).toBe(2)
  })

  it('gives its connection back, however it ends', async () => {
    const ends = await Promise.allSettled(Array.from({ length: 30 }, (_, i) => place(`many-${i}`, `many-${i}`, i % 3)))
    expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(10)
    expect(await jobs()).toHaveLength(1 + 20)
    expect(await orders()).toBe(2 + 20)
  })
})
