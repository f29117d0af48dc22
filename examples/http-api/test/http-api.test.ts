import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../src/database.js'
import { Processes } from './processes.js'

const folder = mkdtempSync(join(tmpdir(), 'http-api-'))
const environment = {
  DATABASE_URL: process.env.DBJOBQ_DATABASE_URL ?? join(folder, 'shop.sqlite'),
  TABLE_PREFIX: `shop_${randomBytes(4).toString('hex')}_`,
  PORT: '0',
}

describe('the HTTP API', { timeout: 60_000 }, () => {
  const programs = new Processes(environment)
  let url: string
  beforeAll(async () => {
    // All three at once, as on a deploy: each migrates.
    ;[url] = (await Promise.all([programs.start('server'), programs.start('worker'), programs.start('worker')])) as [string, ...string[]]
  }, 60_000)

  afterAll(async () => {
    const codes = await programs.stop()
    const { knex, queue, orders, close } = await openDatabase(environment)
    await knex.schema.dropTable(orders)
    await queue.migrate({ to: 0 })
    await close()
    rmSync(folder, { recursive: true })
    expect(codes).toEqual([0, 0, 0])
  })

  const request = async (path: string, init?: RequestInit) => {
    const response = await fetch(new URL(path, url), init)
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const order = (email: string, total: number) => request('/orders', { method: 'POST', body: JSON.stringify({ email, total }) })

  it('takes orders, whose jobs workers in other processes run', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, (_, i) => order(`customer-${i}@example.com`, 100 + i)))
    expect(made.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 202))
    for (const { body } of made) {
      const job = await ended(String(body.jobId))
      expect(job).toMatchObject({ type: 'confirm-order', status: 'completed' })
      expect(job.result).toHaveProperty('messageId')
      expect((await request(`/orders/${String(body.id)}`)).body).toMatchObject({ status: 'confirmed', job_id: body.jobId })
    }
    const { body } = await request('/stats')
    expect(body.byStatus).toMatchObject({ completed: 20, pending: 0, running: 0 })
  })

  it('leaves no job behind when the transaction of a refused order rolls back', async () => {
    expect(await order('nobody@example.com', 0)).toMatchObject({ status: 422 })
    const { body } = await request('/stats')
    expect(Object.values(body.byStatus as Record<string, number>).reduce((sum, count) => sum + count)).toBe(20)
  })

  it('tells what is wrong with a request', async () => {
    expect(await order('not an address', 1)).toMatchObject({ status: 400 })
    expect(await request('/jobs/01890000-0000-7000-8000-000000000000', { method: 'DELETE' })).toMatchObject({ status: 404 })
    expect(await request('/jobs/nonsense', { method: 'DELETE' })).toMatchObject({ status: 400 })
  })

  async function ended(id: string): Promise<Record<string, unknown>> {
    for (let look = 0; look < 600; look++) {
      const { body } = await request(`/jobs/${id}`)
      if (body.finishedAt) return body
      await pause(50)
    }
    throw new Error(`job ${id} did not end within 30 s`)
  }
})
