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
]
