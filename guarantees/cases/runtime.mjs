// @ts-check
import { diesWithProcess } from '../reasons.mjs'

/** @type {import('../../scripts/guarantees/case.mjs').Chapter} */
export const runtime = {
  title: 'Workers and how they stop',
  cases: [
    {
      number: 68,
      says: 'A handler that never ends and ignores its signal is told as stuck, its job fails by its timeout, its slot is free, and what it returns is ignored.',
      shown: { every: ['queue/timeout', 'queue/control-stuck'], database: ['what a process meets ignored-signal: …'] },
    },
    {
      number: 69,
      first: true,
      says: 'A worker that is told to stop drains under its lease, then hands back uncharged what did not end; a second signal does so at once.',
      shown: {
        every: [
          'queue/stop-drains',
          'queue/stop-keeps-lease',
          'queue/stop-hands-back',
          'queue/control-signals',
          'queue/control-second-signal',
        ],
        database: ['what a process meets sigterm-once: …', 'what a process meets sigterm-twice: …'],
      },
    },
    {
      number: 70,
      first: true,
      says: 'A stop while the database is down is bounded; a job whose end could not be written is never done, but run again.',
      shown: { every: ['queue/trouble-stop', 'queue/trouble-unwritten'] },
    },
    {
      number: 71,
      says: 'What a job breaks outside of its handler is for the process to decide, and does not touch the job; workers that start and stop leave nothing behind.',
      shown: { every: ['queue/stop-leaves-nothing'] },
      core: ['what a job breaks outside of its handler …'],
    },
    {
      number: 72,
      says: 'A handler that ends its process is handled like a killed worker.',
      shown: { database: ['what a process meets process-exit: …'] },
      notApplicable: { memory: diesWithProcess },
    },
    {
      number: 73,
      says: 'Listeners, loggers and other functions of yours that throw change nothing for a job.',
      shown: { every: ['queue/events-bad-listeners', 'queue/events-bad-logger', 'queue/enqueued-events'] },
    },
    {
      number: 74,
      says: 'A cancel reaches a job in another process at its next beat, sooner with wake-ups, and holds though its worker dies first.',
      shown: {
        every: ['queue/cancel-from-elsewhere', 'queue/rescues-cancelled'],
        database: ['queue/wakeups-cancel'],
      },
    },
  ],
}
