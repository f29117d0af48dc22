import type { AnyStorage, ConformanceCase, Subject } from './case.js'

/** Runs one case on an empty, migrated store, and closes all that it opened. Rejects when the storage does not conform. */
export async function runCase(subject: Subject, item: ConformanceCase, seed = Math.trunc(Math.random() * 2 ** 31)): Promise<void> {
  const opened: AnyStorage[] = []
  const open = async (): Promise<AnyStorage> => {
    const storage = (await subject.open()) as AnyStorage
    opened.push(storage)
    return storage
  }
  try {
    await subject.reset()
    const storage = await open()
    await storage.migrate()
    await item.run({ storage, subject, open, seed })
  } catch (error) {
    throw new Error(`${item.id} (seed ${String(seed)}): ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  } finally {
    await Promise.all(opened.map((storage) => storage.close()))
  }
}
