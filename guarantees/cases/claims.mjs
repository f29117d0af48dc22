// @ts-check
import { diesWithProcess } from '../reasons.mjs'

/** @type {import('../../scripts/guarantees/case.mjs').Chapter} */
export const claims = {
  title: 'Claims, and many workers at once',
  cases: [
    {
      number: 1,
      first: true,
      says: 'Eight processes with three workers each drain 10,000 jobs: each job runs once, no call fails.',
      shown: { database: ['contention/processes'], memory: ['contention/one-process'] },
    },
    {
      number: 2,
      says: 'A claim takes no more than its limit, whatever the statistics of the table make of its plan.',
      only: ['postgres'],
      shown: { postgres: ['faults never claims past its limit on a table that statistics call empty'] },
    },
    {
      number: 3,
      first: true,
      says: 'A claim that is still open lets a job of higher priority in at once.',
      only: ['mysql'],
      shown: {
        mysql: [
          'a claim that is still open lets a job of higher priority in at once',
          'a claim that is still open locks only what it takes from …',
        ],
      },
    },
    {
      number: 4,
      says: 'Deadlocks between claims, settlements and bulk inserts are repeated inside; none comes out, and no job is lost.',
      only: ['mysql'],
      shown: { mysql: ['contention/processes'] },
    },
    {
      number: 5,
      says: 'Claims stay right when an index is missing or the planner takes another.',
      only: ['mysql'],
      shown: { mysql: ['an index that somebody dropped …'] },
      weaker: { mysql: 'with an index missing they stop, with an error that names it' },
    },
    {
      number: 6,
      first: true,
      says: 'Many processes claim and complete on one file: no `SQLITE_BUSY` comes out, each job runs once.',
      only: ['sqlite'],
      shown: { sqlite: ['contention/processes'] },
    },
    {
      number: 7,
      says: 'A transaction that reads before it writes is not refused because another process commits in between.',
      only: ['sqlite'],
      shown: {
        sqlite: [
          'contention/processes',
          'transactions never fails for what another connection wants to commit between its read and its write',
          'transactions gives a transaction that its caller began deferred the error of SQLite, with nothing written',
        ],
      },
      weaker: { sqlite: 'one that you began yourself without `immediate` gets `SQLITE_BUSY_SNAPSHOT`, and is yours to repeat' },
    },
    {
      number: 8,
      says: 'Many workers at the head of one queue all get on; no write conflict comes out.',
      only: ['mongo'],
      shown: {
        mongo: [
          'contention/processes',
          'typed errors repeats a call after conflicts and stepdowns, and tells CONTENTION when they never end',
        ],
      },
    },
    {
      number: 9,
      first: true,
      says: 'A claim whose answer the network lost is answered again with the same jobs; none is lost or claimed twice.',
      only: ['mongo'],
      shown: { mongo: ['lost answers answers the jobs that it claimed, and claims no more than asked for', 'queue/lost-claim'] },
    },
    {
      number: 10,
      first: true,
      says: 'Jobs of a claim that was written, but whose answer never came, are handed back by their worker, run once, and are counted once.',
      shown: { every: ['queue/lost-claim'] },
      core: ['simulation answerLost: …'],
    },
    {
      number: 11,
      says: 'A worker that dies between claim and start loses no job: each is rescued and not charged for it.',
      shown: { database: ['queue/rescues', 'queue/deploys-poison', 'what a process meets sigkill: …'] },
      core: ['simulation kill: …'],
      notApplicable: { memory: diesWithProcess },
    },
    {
      number: 12,
      says: 'A million scheduled jobs of better priority do not slow the claims of those that are due: a claim does not meet them.',
      shown: {
        postgres: ['a claim meets no scheduled job on its way, by the types …'],
        mysql: ['a claim meets no scheduled job on its way, by the types …'],
        sqlite: ['a claim meets no scheduled job on its way, by the types …'],
        mongo: [
          'claim-jobs/pending-only',
          'schema reads at most as many index entries as it answers jobs, for a claim, a promotion and a list of one status',
        ],
      },
      notApplicable: { memory: 'it holds what fits into memory' },
    },
    {
      number: 13,
      says: 'A job of low priority starts in the end, and a rescued one keeps its priority.',
      shown: { every: ['claim-jobs/order', 'queue/rescues-foreign-types'] },
      weaker: { every: 'jobs do not age: an endless stream of better ones keeps a worse one waiting' },
    },
    {
      number: 14,
      says: 'Once a pause has returned nothing more of that queue starts here, elsewhere from the next beat on; what runs ends.',
      shown: { every: ['claim-jobs/paused', 'queue/pause', 'queue/pause-elsewhere'] },
      core: ['starts nothing of a paused queue that a claim under way brings'],
    },
    {
      number: 15,
      says: 'Rescued and retried jobs with unique keys never hold a key twice, and no rescue gets stuck over one.',
      shown: { every: ['queue/rescues-unique', 'queue/dead-letters-key', 'update-jobs/key-race'] },
    },
  ],
}
