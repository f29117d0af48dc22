// @ts-check

/** @type {import('../../scripts/guarantees/case.mjs').Chapter} */
export const databases = {
  title: 'When the database fails',
  cases: [
    {
      number: 32,
      first: true,
      says: 'Connections that are killed again and again end no process and lose no job.',
      only: ['server'],
      shown: { server: ['outage/connections-cut'] },
    },
    {
      number: 33,
      says: 'After a restart of the server claims, heartbeats, schedules and wake-ups go on by themselves, and what was opened while it was down works.',
      only: ['server'],
      shown: { server: ['outage/server-killed', 'outage/down-at-start'] },
    },
    {
      number: 34,
      first: true,
      says: 'A connection that drops while a job is completed, before or after the commit, leaves one result; it is written again, or the job is rescued.',
      shown: {
        every: ['settle-jobs/repeat', 'settle-jobs/repeat-with-follow-ups', 'queue/trouble-settlements', 'queue/lost-settlement'],
        mongo: ['lost answers answers settled to the owner and to the rescuer, with follow-ups once'],
      },
    },
    {
      number: 35,
      says: 'A primary that turns read-only is told as such, without a tight loop, and left for the new one.',
      only: ['postgres', 'mysql', 'mongo'],
      shown: { postgres: ['outage/writes-refused'], mysql: ['outage/writes-refused'], replicaset: ['outage/writes-refused'] },
      notApplicable: { standalone: 'it has no other to step down for' },
    },
    {
      number: 36,
      says: 'After a failover no job is run by two workers that both hold it.',
      only: ['mongo'],
      shown: { replicaset: ['outage/failover'] },
      notApplicable: { standalone: 'it has no other to step down for' },
    },
    {
      number: 37,
      says: 'A write that no majority confirmed is looked at again instead of believed.',
      only: ['mongo'],
      shown: {
        replicaset: [
          'typed errors takes a write that no majority confirmed for one whose outcome is unknown …',
          'typed errors tells UNAVAILABLE with an unknown outcome while no majority confirms …',
        ],
      },
      weaker: { replicaset: 'the missing majority is injected; it takes two members to lose it' },
      notApplicable: { standalone: 'it is its own majority' },
    },
    {
      number: 38,
      says: 'A listening connection that was cut without a word is noticed; jobs start at the pace of the poll meanwhile.',
      only: ['postgres'],
      shown: { postgres: ['wake-ups are heard again after the network was cut without a word'] },
      core: ['the poll is longer while others are heard, and fits what was given'],
    },
    {
      number: 39,
      says: 'It works behind a pooler in transaction mode, without wake-ups, and warns.',
      only: ['postgres'],
      shown: {
        postgres: [
          'behind a pooler that swaps server connections goes on without names, and warns once, when its statements are gone (26000)',
          'behind a pooler that swaps server connections does so when another client made them before (42P05)',
          'wake-ups are UNSUPPORTED where what is sent does not arrive, as through a pooler in transaction mode',
        ],
      },
      weaker: { postgres: 'what such a pooler does is done to a connection by hand; the suite does not run behind a PgBouncer' },
    },
    {
      number: 40,
      says: 'As many handlers as the pool has connections, each enqueueing, do not wait for each other for ever.',
      only: ['postgres', 'mysql'],
      shown: { every: ['outage/pool-saturated'] },
    },
    {
      number: 41,
      says: 'A statement that waits for a lock ends by its own deadline, and others go on.',
      only: ['postgres', 'mysql'],
      shown: { every: ['outage/jobs-locked'] },
    },
    {
      number: 42,
      says: 'A full disk is told as `STORAGE_FULL`, damages nothing, and is waited out.',
      only: ['sqlite'],
      shown: {
        sqlite: [
          'errors tells a full disk, writes nothing, and goes on when there is room again',
          'queue/trouble-outage',
          'outage/server-killed',
        ],
      },
    },
    {
      number: 43,
      says: 'A file that cannot be written or is gone is told; no new, empty database is made in silence.',
      only: ['sqlite'],
      shown: {
        sqlite: [
          'errors tells a folder that does not exist',
          'errors reads a file that it may not write, and tells READ_ONLY when it should write',
          'errors tells that its file was deleted …',
          'errors goes on with the file that was put in the place of its own …',
          'outage/server-killed',
        ],
      },
    },
    {
      number: 44,
      says: 'A reader that holds a snapshot for long slows the queue down in measure, and it recovers.',
      only: ['postgres'],
      shown: { postgres: ['faults hands out each job once while a reader holds a snapshot …'] },
      weaker: { postgres: 'shown for seconds, not for the hours in which dead rows pile up' },
    },
    {
      number: 45,
      says: 'Pruning millions of rows leaves the claims their pace.',
      shown: { every: ['prune-jobs/limit', 'queue/prunes', 'queue/prune-beside-work'] },
      weaker: { database: 'shown for thousands of rows, without a measured pace' },
      notApplicable: { memory: 'it holds what fits into memory' },
    },
  ],
}
