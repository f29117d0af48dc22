import { randomUUID } from 'node:crypto'
import { DbjobqError } from '@dbjobq/core'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { z } from 'zod'
import type { Database } from './database.js'
import { confirmOrder } from './jobs.js'

const newOrder = z.object({ email: z.email(), total: z.int() })

/** The API. It runs no job: workers do, in processes of their own. */
export function createApp({ knex, queue, orders }: Database): Hono {
  const app = new Hono()

  // The row and its job exist both or not at all.
  app.post('/orders', async (c) => {
    const order = { id: randomUUID(), status: 'new', ...newOrder.parse(await c.req.json()) }
    const jobId = await knex.transaction(async (tx) => {
      const job = await queue.enqueue(confirmOrder, { orderId: order.id, email: order.email }, { tx, unique: { key: order.id } })
      await tx(orders).insert({ ...order, job_id: job.id })
      // Checked this late to show the rollback: the job is gone with the row.
      if (order.total <= 0) throw new HTTPException(422, { message: 'An order needs a total above 0.' })
      return job.id
    })
    return c.json({ id: order.id, jobId }, 202, { location: `/jobs/${jobId}` })
  })

  app.get('/orders/:id', async (c) => {
    const order = await knex<Record<string, unknown>>(orders)
      .where({ id: c.req.param('id') })
      .first()
    return order ? c.json(order) : c.notFound()
  })

  app.get('/jobs/:id', async (c) => {
    const job = await queue.getJob(c.req.param('id'))
    if (!job) return c.notFound()
    const { id, type, status, attempts, maxRetries, progress, result, errors, runAt, finishedAt } = job
    return c.json({ id, type, status, attempts, maxRetries, progress, result, errors, runAt, finishedAt })
  })

  app.delete('/jobs/:id', async (c) => c.json({ outcome: await queue.cancel(c.req.param('id')) }))

  app.get('/stats', async (c) => c.json(await queue.stats({ by: ['queue', 'type'] })))

  app.onError((error, c) => {
    if (error instanceof HTTPException) return c.json({ error: error.message }, error.status)
    if (error instanceof z.ZodError) return c.json({ error: z.prettifyError(error) }, 400)
    if (DbjobqError.isInstance(error, 'JOB_NOT_FOUND')) return c.json({ error: error.message }, 404)
    if (DbjobqError.isInstance(error, 'INVALID_OPTION')) return c.json({ error: error.message }, 400)
    console.error(error)
    return c.json({ error: 'Something went wrong here.' }, 500)
  })
  return app
}
