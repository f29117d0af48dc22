import { describe, expect, it } from 'vitest'
import { defineJob, JobQueue, typed, type JobStorage } from '@dbjobq/core'
import { MemoryStorage } from '@dbjobq/core/memory'

const job = defineJob({ type: 'step', data: typed<{ n: number }>() })
const many = 10_000
/** Pages of 500, and a last look that finds no more. */
const pages = many / 500 + 1

/** A storage that counts its calls and the most rows that one carried. */
function counted() {
  const storage = new MemoryStorage()
  const calls = new Map<string, number>()
  let mostRows = 0
  const proxy = new Proxy(storage, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return async (...args: unknown[]) => {
        calls.set(String(name), (calls.get(String(name)) ?? 0) + 1)
        const answer: unknown = await Reflect.apply(member, target, args)
        for (const rows of [args[0], answer]) if (Array.isArray(rows)) mostRows = Math.max(mostRows, rows.length)
        return answer
      }
    },
  })
  const reset = (): void => {
    calls.clear()
    mostRows = 0
  }
  return { storage: proxy as JobStorage, calls, reset, mostRows: () => mostRows }
}

async function fullQueue(delay: number) {
  const { storage, ...count } = counted()
  const queue = new JobQueue(storage)
  await queue.migrate()
  await queue.enqueueMany(
    job,
    Array.from({ length: many }, (_, n) => ({ n })),
    { delay },
  )
  count.reset()
  return { queue, storage, ...count }
}

describe('bulk calls over 10,000 jobs', { timeout: 60_000 }, () => {
  it('cancel and retry in batches of 500, one read and one write each', async () => {
    const { queue, calls, mostRows, reset } = await fullQueue(3_600_000)
    expect(await queue.cancelJobs({ type: ['step'] })).toMatchObject({ matched: many, changed: many, skipped: 0 })
    expect(Object.fromEntries(calls)).toEqual({ findJobs: pages, updateJobs: pages - 1 })
    expect(mostRows()).toBe(500)
    reset()
    expect(await queue.retryJobs({ status: ['cancelled'] })).toMatchObject({ matched: many, changed: many })
    expect(Object.fromEntries(calls)).toEqual({ findJobs: pages, updateJobs: pages - 1 })
  })

  it('update and delete likewise, and many ids in parts of 500', async () => {
    const { queue, calls, mostRows, reset } = await fullQueue(3_600_000)
    expect(await queue.updateJobs({ all: true }, { priority: 9 })).toMatchObject({ matched: many, changed: many })
    expect(Object.fromEntries(calls)).toEqual({ findJobs: pages, updateJobs: pages - 1 })
    const ids: string[] = []
    for await (const { id } of queue.iterateJobs()) ids.push(id)
    reset()
    expect(await queue.deleteJobs({ ids: [...ids, ...ids] })).toEqual({ matched: many, changed: many, skipped: 0 })
    expect(calls.get('deleteJobs')).toBe(pages - 1)
    expect(calls.get('findJobs')).toBeLessThanOrEqual(2 * (pages - 1))
    expect(mostRows()).toBe(500)
  })

  it('end although jobs come in faster than they go', async () => {
    const { queue, storage } = await fullQueue(0)
    const update = storage.updateJobs.bind(storage)
    const flooded = new Proxy(storage, {
      get: (target, name) =>
        name === 'updateJobs'
          ? async (...args: Parameters<JobStorage['updateJobs']>) => {
              await queue.enqueueMany(
                job,
                Array.from({ length: 600 }, (_, n) => ({ n })),
              )
              return update(...args)
            }
          : (Reflect.get(target, name) as unknown),
    })
    expect(await new JobQueue(flooded).cancelJobs({ all: true })).toMatchObject({ matched: many, changed: many })
  })

  it('stop between batches when the signal is aborted, and keep what is done', async () => {
    const { queue, storage } = await fullQueue(0)
    const controller = new AbortController()
    const update = storage.updateJobs.bind(storage)
    const aborting = new Proxy(storage, {
      get: (target, name) =>
        name === 'updateJobs'
          ? async (...args: Parameters<JobStorage['updateJobs']>) => {
              controller.abort(new Error('enough'))
              return update(...args)
            }
          : (Reflect.get(target, name) as unknown),
    })
    await expect(new JobQueue(aborting).cancelJobs({ type: 'step' }, { signal: controller.signal })).rejects.toThrow('enough')
    expect((await queue.stats()).byStatus).toMatchObject({ cancelled: 500, pending: many - 500 })
  })

  it('look again at jobs that others changed in between', async () => {
    const { queue, storage, calls } = await fullQueue(0)
    const find = storage.findJobs.bind(storage)
    let claims = 0
    const raced = new Proxy(storage, {
      get: (target, name) =>
        name === 'findJobs'
          ? async (...args: Parameters<JobStorage['findJobs']>) => {
              const rows = await find(...args)
              const queues = [{ name: 'default', limit: 100 }]
              if (claims++ === 0) await storage.claimJobs({ claimId: 'c', workerId: 'w', limit: 100, queues })
              return rows
            }
          : (Reflect.get(target, name) as unknown),
    })
    const oldest = (await queue.getPendingJobs(500)).map(({ id }) => id)
    const answer = await new JobQueue(raced).cancelJobs({ ids: oldest })
    expect(answer).toEqual({ matched: 500, changed: 500, skipped: 0, requested: 100 })
    expect(calls.get('updateJobs')).toBe(2)
  })
})
