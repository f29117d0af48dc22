import { SqliteStorage } from '@dbjobq/storage-sqlite'

/** Prints how each call on the file ended: `ok`, or the code of its error. */
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
