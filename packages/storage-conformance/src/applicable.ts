import type { AnyStorage, ConformanceCase, Need, Subject } from './case.js'

/** By id, why a case does not apply to this subject; those that do apply are not in it. */
export async function reasonsToSkip(subject: Subject, cases: ConformanceCase[]): Promise<Map<string, string>> {
  // An earlier run may have left a schema that is too new to be described.
  await subject.reset()
  const storage = (await subject.open()) as AnyStorage
  try {
    const { transactions } = await storage.describe()
    const missing = new Map(
      needs(subject, storage, transactions)
        .filter(([, met]) => !met)
        .map(([need, , reason]) => [need, reason]),
    )
    return new Map(
      cases.flatMap((item) => {
        const unmet = item.needs?.find((need) => missing.has(need))
        return unmet === undefined ? [] : [[item.id, missing.get(unmet) ?? unmet] as const]
      }),
    )
  } finally {
    await storage.close()
  }
}

function needs(subject: Subject, storage: AnyStorage, transactions: boolean): [Need, boolean, string][] {
  return [
    ['transactions', transactions, 'the store has no transactions'],
    ['no-transactions', !transactions, 'the store has transactions'],
    ['savepoints', transactions && subject.savepoints !== false, "the store's transactions have no savepoints"],
    ['sync', storage.sync !== undefined, 'the store has no synchronous transactions'],
    ['wakeups', storage.wakeups !== undefined, 'the store sends no wake-ups'],
    ['processes', subject.module !== undefined, 'the store lives in one process'],
    ['one-process', subject.module === undefined, 'the store is shown with several processes'],
    ['handed-in', subject.handedIn !== undefined, 'the store takes no pool'],
    ['unreachable', subject.unreachable !== undefined, 'the store has no server'],
    ['schema-version', subject.setSchemaVersion !== undefined, 'the subject cannot set a schema version'],
    ['cut-connections', subject.outages?.cutConnections !== undefined, 'the subject cannot cut connections'],
    ['fail-over', subject.outages?.failOver !== undefined, 'no other server takes over'],
    ['kill-server', subject.outages?.killServer !== undefined, 'the server is not ours to kill'],
    ['refuse-writes', subject.outages?.refuseWrites !== undefined, 'the server is not ours to make read-only'],
    ['lock-jobs', subject.outages?.lockJobs !== undefined, 'the subject cannot lock jobs'],
    ['fill-disk', subject.outages?.fillDisk !== undefined, 'the disk of the server is not ours to fill'],
    ['small-pool', subject.outages?.smallPool !== undefined, 'no connection of a pool is held by a transaction'],
  ]
}
