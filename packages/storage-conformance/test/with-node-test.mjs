import { describe, it } from 'node:test'
import { MemoryDatabase, MemoryStorage } from '@dbjobq/core/memory'
import { allCases, testStorage } from '@dbjobq/storage-conformance'

let database = new MemoryDatabase()

await testStorage({
  describe,
  it,
  // Enough to see that registering, skipping and failing work; all of them run elsewhere.
  cases: allCases.filter((item) => /^(insert-jobs|tx)\//.test(item.id)),
  open: async () => new MemoryStorage({ database }),
  reset: async () => {
    database = new MemoryDatabase()
  },
})
