import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import { oddNames } from '../odd-texts.js'

export const findWorkersCases: ConformanceCase[] = [
  {
    id: 'find-workers/by-id',
    title: 'answers all workers, by id, byte by byte, those whose lease ran out too',
    proves: ['heartbeat.lease'],
    async run({ storage }) {
      assert.deepEqual(await storage.findWorkers(), [])
      for (const [index, workerId] of oddNames.toReversed().entries()) {
        await storage.heartbeat({ workerId, info: workerId, now: 1_000, leaseUntil: 2_000 + index, first: true })
      }
      const expected = oddNames.toReversed().map((id, index) => ({ id, leaseUntil: 2_000 + index, info: id }))
      assert.deepEqual(
        await storage.findWorkers(),
        expected.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      )
    },
  },
  {
    id: 'find-workers/long',
    title: 'keeps ids of 128 characters apart, and brings info of 1 MiB back the same',
    proves: ['heartbeat.lease'],
    async run({ storage }) {
      const info = 'é'.repeat(512 * 1024)
      const ids = ['v', 'w', 'W'].map((last) => 'w'.repeat(127) + last)
      for (const workerId of ids) {
        assert.equal((await storage.heartbeat({ workerId, info: '', now: 1, leaseUntil: 9, first: true })).alive, true)
        assert.equal((await storage.heartbeat({ workerId, info, now: 1, leaseUntil: 9, first: false })).alive, true)
      }
      const workers = await storage.findWorkers()
      assert.deepEqual(
        workers.map(({ id }) => id),
        ids.toSorted(),
      )
      assert.ok(
        workers.every((worker) => worker.info === info),
        'info came back changed',
      )
    },
  },
]
