import { MemoryDatabase, MemoryStorage } from '@dbjobq/core/memory'
import { describe, it } from 'vitest'
import { testStorage } from '../src/index.js'

let database = new MemoryDatabase()

await testStorage({
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
