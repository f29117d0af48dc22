import assert from 'node:assert/strict'
import { handle, JobQueue, Worker } from '@dbjobq/core'
import { newJobs } from '../factories.js'
import { queueCase } from './queue-case.js'
import { step } from './step.js'
import { until } from './until.js'
import { watchedStorage } from './watched-storage.js'

const old = 2_300
const batch = 500

/** How what is old goes. */
export const pruneCases = [
  queueCase('prune-beside-work', 'is pruned in batches, between which jobs are claimed and settled', async ({ queue, openStorage }) => {
    const storage = await openStorage()
    const rows = newJobs(old, { queue: 'old' })
    for (let at = 0; at < old; at += batch) {
      const some = rows.slice(at, at + batch)
      await storage.insertJobs(some)
      const set = { status: 'completed' as const, finishedAt: 1, deleteAt: 2 }
      await storage.updateJobs(some.map(({ id }) => ({ id, from: ['pending' as const], set })))
    }
    const calls: string[] = []
    const limits = new Set<number>()
    const settled = Promise.withResolvers<undefined>()
    const watched = watchedStorage(
      storage,
      (member, [request]) => {
        calls.push(member)
        if (member === 'pruneJobs') limits.add((request as { limit: number }).limit)
        const sincePrune = calls.slice(calls.indexOf('pruneJobs'))
        if (member === 'settleJobs' && sincePrune[0] === 'pruneJobs' && sincePrune.includes('claimJobs')) settled.resolve(undefined)
      },
      // The first batch ends when a job was claimed and settled beside it: where pruning holds those up, never.
      (member) => (member === 'pruneJobs' ? settled.promise : Promise.resolve()),
    )
    const worker = new Worker(new JobQueue(watched), {
      poll: { min: 20, max: 100 },
      jobs: [handle(step, ({ n }) => ({ n }))],
    })
    let n = 0
    await worker.start()
    try {
      await until('the old ones to go', async () => {
        await queue.enqueue(step, { n: n++ })
        return (await storage.findJobs({ queue: ['old'] }, { limit: 1, summary: true })).length === 0
      })
      await until('the others', async () => (await queue.stats()).byStatus.completed === n)
    } finally {
      await worker.stop({ timeout: 0 })
    }
    const prunes = calls.filter((member) => member === 'pruneJobs')
    assert.deepEqual([[...limits], prunes.length >= Math.ceil(old / batch)], [[batch], true])
  }),
]
