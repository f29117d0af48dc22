/** The MUSTs that no wrapper around MemoryStorage can break, since it has nothing of the kind; the storages' own tests show the failures. */
export const toothless: Record<string, string> = {
  'tx.rollback': 'MemoryStorage has no transactions',
  'tx.untouched': 'MemoryStorage has no transactions',
  'insert.tx-not-poisoned': 'MemoryStorage has no transactions',
  'sync.same': 'MemoryStorage has no synchronous transactions',
  'close.handed-in': 'MemoryStorage takes no pool',
  'errors.unavailable': 'MemoryStorage has no server that could be away',
  'migrate.killed': 'what MemoryStorage holds dies with its process',
  'promote.outbox': 'what MemoryStorage holds dies with its process',
}
