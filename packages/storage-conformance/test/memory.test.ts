import { MemoryDatabase, MemoryStorage } from '@dbjobq/core/memory'
import { describe, it } from 'vitest'
import { allCases, contentionCases, testStorage } from '../src/index.js'

let database = new MemoryDatabase()

await testStorage({
  cases: [...allCases, ...contentionCases],
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
