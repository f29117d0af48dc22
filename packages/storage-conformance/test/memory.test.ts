import { MemoryDatabase, MemoryStorage } from '@dbjobq/core/memory'
import { describe, it } from 'vitest'
import { contentionOf } from '../src/contention/index.js'
import { defaultPlan } from '../src/contention/plan.js'
import { allCases, testStorage } from '../src/index.js'

let database = new MemoryDatabase()

await testStorage({
  // Nothing happens at once within its one process, so more seconds show no more.
  cases: [...allCases, ...contentionOf({ ...defaultPlan, seconds: 5 })],
  describe,
  it,
  open: () => Promise.resolve(new MemoryStorage({ database })),
  reset: () => {
    database = new MemoryDatabase()
    return Promise.resolve()
  },
  setSchemaVersion: (version) => {
    database.tables.version = version
    return Promise.resolve()
  },
})
