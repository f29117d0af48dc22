import { SqliteStorage } from '@dbjobq/storage-sqlite'

/** Listens, says so, and has nothing else to do. */
const storage = new SqliteStorage(process.argv[2])
await storage.wakeups.listen(() => undefined)
console.log('listening')
