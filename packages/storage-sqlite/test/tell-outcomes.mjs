import { SqliteStorage } from '@dbjobq/storage-sqlite'
import Database from 'better-sqlite3'

/** Prints how each call on the file ended: `ok`, or the code of its error. */
// Root may write everything, so it becomes nobody: once all code is loaded, since nobody may be kept from Node and the checkout.
new Database(':memory:').close()
if (process.getuid() === 0) {
  process.setgid(65_534)
  process.setuid(65_534)
}
const storage = new SqliteStorage(process.argv[2])
const job = {
  id: '019a0000-0000-7000-8000-000000000000',
  queue: 'default',
  type: 'noop',
  groupKey: null,
  priority: 5,
  status: 'pending',
  runAt: 0,
  uniqueKey: null,
  keyUntil: 'settlement',
  data: '{}',
  options: '{}',
}
const codeOf = (call) =>
  call.then(
    () => 'ok',
    (error) => error.code ?? String(error),
  )
const outcomes = {
  describe: await codeOf(storage.describe()),
  findJobs: await codeOf(storage.findJobs({}, { limit: 1 })),
  insertJobs: await codeOf(storage.insertJobs([job])),
}
await storage.close()
console.log(JSON.stringify(outcomes))
