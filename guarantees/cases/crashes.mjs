// @ts-check
import { diesWithProcess } from '../reasons.mjs'

/** @type {import('../../scripts/guarantees/case.mjs').Chapter} */
export const crashes = {
  title: 'Crashes, leases and workers that were taken for dead',
  cases: [
    {
      number: 16,
      first: true,
      says: 'The jobs of a killed worker run again: those that were seen to start are charged an attempt, all say "worker lost".',
      shown: { database: ['queue/rescues', 'queue/deploys-poison', 'what a process meets sigkill: …', 'on a bad network mixed: …'] },
      notApplicable: { memory: diesWithProcess },
    },
    {
      number: 17,
      first: true,
      says: 'A worker that completes a job which another has by now is refused: the other result stands, follow-ups and events come once.',
      shown: { every: ['settle-jobs/fenced- …', 'queue/lease-lost', 'queue/late-endings'] },
      core: ['simulation seeds: …', 'simulation freeze: …'],
    },
    {
      number: 18,
      first: true,
      says: 'So is one that fails the job, snoozes it or saves progress.',
      shown: { every: ['settle-jobs/fenced- …', 'queue/late-endings'] },
    },
    {
      number: 19,
      first: true,
      says: 'A job that completes between the look for orphans and the rescue stays completed.',
      shown: { every: ['settle-jobs/owner-against-rescue', 'queue/rescues-too-late'] },
    },
    {
      number: 20,
      says: 'A run from before a snooze is refused, though the number of its attempt came again.',
      shown: { every: ['settle-jobs/fenced-6'] },
    },
    {
      number: 21,
      first: true,
      says: 'A live worker whose row is gone aborts its handlers, goes on under a new id, and completes nothing of before.',
      shown: { every: ['heartbeat/absent', 'heartbeat/removed-before-now', 'queue/lease-lost'] },
    },
    {
      number: 22,
      first: true,
      says: 'A worker that cannot reach the database gives its jobs up before others take them, by a clock that nobody sets; a beat that is answered late does not prolong that.',
      shown: { every: ['heartbeat/ran-out', 'heartbeat/late', 'queue/trouble-lease-lost', 'queue/lease-slow-beat'] },
      core: ['simulation seeds: …', 'starts no handler on a lease that ran out while the process stood still'],
    },
    {
      number: 23,
      first: true,
      says: 'A process that takes the place of a killed one, with its host name and process id, rescues its jobs.',
      shown: { every: ['queue/rescues-same-host'] },
    },
    {
      number: 24,
      first: true,
      says: 'Jobs of a worker whose row is removed are rescued.',
      shown: { every: ['find-orphans/dead-only', 'queue/rescues-without-a-row'] },
    },
    {
      number: 25,
      first: true,
      says: 'A job that kills its process each time ends as failed after at most maxRetries + 2 crashes; jobs beside it are not charged.',
      shown: { database: ['queue/deploys-poison', 'queue/waits-its-turn', 'what a process meets out-of-memory: …'] },
      notApplicable: { memory: diesWithProcess },
    },
    {
      number: 26,
      says: 'A handler that blocks the event loop for longer than the lease is told, and its late end is refused.',
      shown: {
        every: ['queue/events-blocked', 'queue/late-endings'],
        database: ['what a process meets blocked-event-loop: …'],
      },
      notApplicable: { memory: 'it lives in one process' },
    },
    {
      number: 27,
      says: 'A heartbeat that fails is tried again, ever more slowly; no rejection is left unhandled, and the process lives.',
      shown: { every: ['queue/trouble-outage'] },
    },
    {
      number: 28,
      says: 'A process that was frozen notices its lost lease first when it wakes up, and does not make up for ticks in a burst.',
      shown: { database: ['what a process meets sigstop: …'] },
      core: ['simulation freeze: …'],
      notApplicable: { memory: diesWithProcess },
    },
    {
      number: 29,
      says: 'What a dead worker held of a limit is free again, once.',
      notApplicable: { every: 'limits are those of one worker and end with it' },
    },
    {
      number: 30,
      says: 'An orphan is found behind any number of running jobs that must not be rescued.',
      shown: { every: ['find-orphans/behind-the-living', 'find-orphans/after-those-left-alone'] },
    },
    {
      number: 31,
      says: 'A worker that does not know the type of a job rescues it for one that does.',
      shown: { every: ['queue/rescues-foreign-types'] },
    },
  ],
}
