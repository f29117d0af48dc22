import { PostgresStorage } from '@dbjobq/storage-postgres'

/** Listens and closes, and has nothing else to do. */
const storage = new PostgresStorage(process.argv[2])
await storage.wakeups.listen(() => undefined)
await storage.close()
console.log('closed')
