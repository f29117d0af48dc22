// @ts-check

/** @type {import('../../scripts/guarantees/case.mjs').Chapter} */
export const times = {
  title: 'Time and schedules',
  cases: [
    {
      number: 61,
      first: true,
      says: 'A worker whose clock is minutes or an hour off starts nothing early, rescues nobody falsely and loses no tick.',
      shown: { database: ['server-time/not-of-this-process', 'queue/clock-wrong'] },
      core: ['simulation seeds: …'],
      notApplicable: { memory: 'its clock is that of the process' },
    },
    {
      number: 62,
      first: true,
      says: 'Times come back to the millisecond, whatever the zones of process and session, also within an hour that a zone leaves out.',
      shown: {
        every: ['server-time/any-zone', 'insert-jobs/numbers'],
        mysql: ['a pool of the caller serves with …'],
      },
    },
    {
      number: 63,
      first: true,
      says: 'Over changes of summer time a daily schedule ticks once a day, one by the hour or second never pauses, and all go forward.',
      core: ['cron, where the clocks skip or repeat times …', 'cron, whatever the expression, the zone and the time …'],
    },
    {
      number: 64,
      first: true,
      says: 'Each tick of a schedule has one job, though many workers race for it and one fails between its steps.',
      shown: { every: ['queue/schedules-tick-once', 'queue/schedules-killed', 'put-state/race'], database: ['put-state/killed'] },
      core: ['simulation seeds: …'],
    },
    {
      number: 65,
      says: 'Ticks missed while all were down are skipped or made up for as the schedule says, bounded; an upsert at each start moves none.',
      shown: { every: ['queue/schedules-missed', 'queue/schedules-missed-large', 'queue/schedules-upsert'] },
      core: ['ticks that are due …'],
    },
    {
      number: 66,
      says: 'Times further off than a timer holds neither fire at once nor keep a worker busy; 1970 to 9999 is taken, all else refused.',
      shown: { every: ['queue/far-future', 'queue/bad-input', 'insert-jobs/numbers'] },
    },
    {
      number: 67,
      says: 'No time serves as a token: claims have ids, states have revisions.',
      shown: { every: ['settle-jobs/fenced-6', 'put-state/revisions', 'put-state/same-again'] },
    },
  ],
}
