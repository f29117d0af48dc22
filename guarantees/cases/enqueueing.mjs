// @ts-check
import { noTransactions } from '../reasons.mjs'

/** @type {import('../../scripts/guarantees/case.mjs').Chapter} */
export const enqueueing = {
  title: 'Enqueueing, unique keys, transactions',
  cases: [
    {
      number: 46,
      first: true,
      says: 'A transaction that is rolled back, also to a savepoint, leaves no job, no key held, and nothing to run.',
      shown: {
        postgres: ['tx/rollback', 'tx/rollback-frees-the-key', 'tx/savepoint', 'queue/wakeups-transaction'],
        mysql: ['tx/rollback', 'tx/rollback-frees-the-key', 'tx/savepoint', 'queue/wakeups-transaction'],
        sqlite: ['tx/rollback', 'tx/rollback-frees-the-key', 'tx/savepoint', 'queue/wakeups-transaction'],
        replicaset: ['tx/rollback', 'tx/rollback-frees-the-key', 'queue/wakeups-transaction'],
      },
      notApplicable: { memory: noTransactions, standalone: noTransactions },
    },
    {
      number: 47,
      first: true,
      says: 'A key that is wanted while another transaction holds it, and rolls back, goes to who waits; nobody is told of a duplicate of nothing.',
      shown: {
        postgres: ['tx/key-race-lost-by-rollback'],
        mysql: ['tx/key-race-lost-by-rollback'],
        sqlite: ['tx/key-race-lost-by-rollback'],
        replicaset: ['tx/key-race-lost-by-rollback'],
      },
      notApplicable: { memory: noTransactions, standalone: noTransactions },
    },
    {
      number: 48,
      first: true,
      says: 'Of many inserts of one key at once one goes in, and all others are answered its id without an error.',
      shown: { every: ['insert-jobs/key-race', 'insert-jobs/key-race-of-calls', 'queue/unique'] },
    },
    {
      number: 49,
      says: 'Bulk inserts are split into calls that every server takes, answer in order, and are whole or not there call by call.',
      shown: { every: ['queue/enqueue-many', 'insert-jobs/order-of-answers', 'insert-jobs/all-or-nothing', 'insert-jobs/largest-call'] },
      core: ['batches hold at most 1,000 jobs and 4 MiB, in order'],
      weaker: { every: 'not tried with a million jobs in one call; the jobs are a list in memory' },
    },
    {
      number: 50,
      says: 'Keys made from data are equal if and only if the data is, whatever the order of its properties.',
      shown: { every: ['queue/unique-by', 'insert-jobs/odd-keys'] },
      core: ['canonical texts …', 'keys made from data …'],
    },
    {
      number: 51,
      says: 'Where there are no transactions `tx` is refused with `UNSUPPORTED`, and never passed over.',
      only: ['standalone', 'memory'],
      shown: { every: ['tx/unsupported', 'queue/complete-unsupported'] },
    },
    {
      number: 52,
      says: 'A conflict in a transaction of REPEATABLE READ reaches its caller as the driver tells it, with nothing written.',
      only: ['postgres', 'mysql'],
      shown: {
        every: ['tx/key-taken-after-begin', 'tx/driver-errors'],
        postgres: ['transactions passes 40001 untouched to a caller at REPEATABLE READ whose key was taken after its snapshot'],
      },
    },
  ],
}
