import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CronClock, defaultDst, type CronTiming } from '../src/model/schedule-cron.js'
import { dueTicks } from '../src/model/schedule-due.js'
import { checkSchedule, timingOf, type ScheduleTiming } from '../src/model/schedule-options.js'
import { decodeSchedule, encodeSchedule, type ScheduleRecord } from '../src/model/schedule-record.js'
import { lastTicks, nextTickOf, ticksAfter } from '../src/model/schedule-timing.js'
import { Zone } from '../src/model/schedule-zone.js'

const at = Date.parse

function ticks(timing: ScheduleTiming, from: string, count: number): string[] {
  return ticksAfter(nextTickOf(timingOf(timing), at(from)), at(from), count).map((tick) => new Date(tick).toISOString().slice(0, 19))
}

describe('cron, where the clocks skip or repeat times', () => {
  it.each<[string, ScheduleTiming, string, string[]]>([
    [
      'daily in the gap',
      { cron: '30 2 * * *', timezone: 'Europe/Berlin' },
      '2026-03-28T00:00Z',
      ['28T01:30:00', '29T01:00:00', '30T00:30:00'],
    ],
    [
      'daily in the gap, skipped',
      { cron: '30 2 * * *', timezone: 'Europe/Berlin', dst: { gap: 'skip' } },
      '2026-03-28T00:00Z',
      ['28T01:30:00', '30T00:30:00'],
    ],
    [
      'several in the gap and one at its end',
      { cron: '0,30 2,3 * * *', timezone: 'Europe/Berlin' },
      '2026-03-28T12:00Z',
      ['29T01:00:00', '29T01:30:00', '30T00:00:00'],
    ],
    [
      'hourly over the gap',
      { cron: '30 * * * *', timezone: 'Europe/Berlin' },
      '2026-03-29T00:00Z',
      ['29T00:30:00', '29T01:30:00', '29T02:30:00'],
    ],
    ['daily in the overlap', { cron: '30 2 * * *', timezone: 'Europe/Berlin' }, '2026-10-24T12:00Z', ['25T00:30:00', '26T01:30:00']],
    [
      'daily in the overlap, both',
      { cron: '30 2 * * *', timezone: 'Europe/Berlin', dst: { overlap: 'both' } },
      '2026-10-24T12:00Z',
      ['25T00:30:00', '25T01:30:00', '26T01:30:00'],
    ],
    [
      'several in the overlap, both: the whole stretch comes again',
      { cron: '0,30 2 * * *', timezone: 'Europe/Berlin', dst: { overlap: 'both' } },
      '2026-10-24T12:00Z',
      ['25T00:00:00', '25T00:30:00', '25T01:00:00', '25T01:30:00'],
    ],
    [
      'in the overlap, asked within its second pass',
      { cron: '0,30 2 * * *', timezone: 'Europe/Berlin' },
      '2026-10-25T01:10Z',
      ['26T01:00:00'],
    ],
    [
      'hourly over the overlap',
      { cron: '30 * * * *', timezone: 'Europe/Berlin' },
      '2026-10-25T00:00Z',
      ['25T00:30:00', '25T01:30:00', '25T02:30:00'],
    ],
    ['New York, gap', { cron: '30 2 * * *', timezone: 'America/New_York' }, '2026-03-07T12:00Z', ['08T07:00:00', '09T06:30:00']],
    ['New York, overlap', { cron: '30 1 * * *', timezone: 'America/New_York' }, '2026-10-31T12:00Z', ['01T05:30:00', '02T06:30:00']],
    [
      'half an hour of summer time, gap',
      { cron: '15 2 * * *', timezone: 'Australia/Lord_Howe' },
      '2026-10-03T12:00Z',
      ['03T15:30:00', '04T15:15:00'],
    ],
    [
      'half an hour of summer time, overlap',
      { cron: '45 1 * * *', timezone: 'Australia/Lord_Howe', dst: { overlap: 'both' } },
      '2026-04-04T12:00Z',
      ['04T14:45:00', '04T15:15:00', '05T15:15:00'],
    ],
    [
      'a day that never was',
      { cron: '0 9 * * *', timezone: 'Pacific/Apia' },
      '2011-12-29T12:00Z',
      ['29T19:00:00', '30T10:00:00', '30T19:00:00'],
    ],
    [
      'every 15 seconds over the overlap',
      { cron: '*/15 * * * * *', timezone: 'Europe/Berlin' },
      '2026-10-25T00:59:50Z',
      ['25T01:00:00', '25T01:00:15', '25T01:00:30', '25T01:00:45', '25T01:01:00'],
    ],
    [
      'midnight in the gap',
      { cron: '0 0 * * *', timezone: 'Africa/Cairo' },
      '2026-04-22T12:00Z',
      ['22T22:00:00', '23T22:00:00', '24T21:00:00'],
    ],
    [
      'midnight that an overlap puts off',
      { cron: '0 0 * * *', timezone: 'Africa/Cairo' },
      '2026-10-28T12:00Z',
      ['28T21:00:00', '29T22:00:00', '30T22:00:00'],
    ],
    ['a zone without summer time', { cron: '30 2 * * *', timezone: 'Asia/Kolkata' }, '2026-03-28T12:00Z', ['28T21:00:00', '29T21:00:00']],
  ])('%s', (_, timing, from, expected) => {
    expect(ticks(timing, from, expected.length).map((tick) => tick.slice(8))).toEqual(expected)
  })

  it('reads what the default is from the hour field', () => {
    for (const cron of ['30 2 * * *', '0 30 2 * * *', '0 9-17 * * 1-5', '@daily', '@weekly']) expect(defaultDst(cron).gap).toBe('run-after')
    for (const cron of ['30 * * * *', '0 30 */2 * * *', '* * * * *', '@hourly']) expect(defaultDst(cron).gap).toBe('skip')
  })
})

describe('ticks of every', () => {
  it.each<[string, ScheduleTiming, string, string[]]>([
    ['of the first upsert, which is none itself', { every: '1h' }, '2026-01-01T00:00Z', ['01T01:00:00', '01T02:00:00']],
    [
      'of startAt, which is the first',
      { every: '1h', startAt: new Date('2026-01-05T00:30Z'), endAt: new Date('2026-01-05T01:30Z') },
      '2026-01-01T00:00Z',
      ['05T00:30:00', '05T01:30:00'],
    ],
    [
      'of a startAt in the past',
      { every: '7h', startAt: new Date('2025-12-31T22:00Z') },
      '2026-01-01T00:00Z',
      ['01T05:00:00', '01T12:00:00'],
    ],
    [
      'cron between startAt and endAt, both included',
      { cron: '0 * * * *', startAt: new Date('2026-01-02T01:00Z'), endAt: new Date('2026-01-02T02:00Z') },
      '2026-01-01T00:00Z',
      ['02T01:00:00', '02T02:00:00'],
    ],
  ])('%s', (_, timing, from, expected) => {
    expect(
      ticks(timing, from, 1_000)
        .slice(0, expected.length)
        .map((tick) => tick.slice(8)),
    ).toEqual(expected)
    if (timing.endAt) expect(ticks(timing, from, 1_000)).toHaveLength(expected.length)
  })
})

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia', 'Africa/Casablanca', 'Asia/Kathmandu']
const field = (least: number, most: number) =>
  fc.oneof(
    fc.constant('*'),
    fc.integer({ min: least, max: most }).map(String),
    fc.integer({ min: 2, max: most }).map((step) => `*/${step}`),
    fc.uniqueArray(fc.integer({ min: least, max: most }), { minLength: 2, maxLength: 3 }).map((values) => values.join(',')),
  )
const timings: fc.Arbitrary<CronTiming> = fc.record({
  cron: fc
    .tuple(field(0, 59), field(0, 4), field(1, 28), fc.constantFrom('*', '*', '3', '10-11'), fc.constantFrom('*', '*', '0', '1-5'))
    .map((f) => f.join(' ')),
  timezone: fc.constantFrom(...zones),
  gap: fc.constantFrom('skip' as const, 'run-after' as const),
  overlap: fc.constantFrom('first' as const, 'both' as const),
})
const instants = fc.integer({ min: at('2010-01-01'), max: at('2035-01-01') })
/** Days on which a clock of one of the zones changes. */
const changes = fc
  .constantFrom(
    ...['2026-03-29', '2026-10-25', '2026-03-08', '2026-11-01', '2026-10-04', '2026-04-05', '2011-12-30', '2026-02-15', '2026-03-22'],
  )
  .chain((date) => fc.integer({ min: at(date) - 86_400_000, max: at(date) + 86_400_000 }))

describe('cron, whatever the expression, the zone and the time', () => {
  it('goes forward, and skips no tick that an earlier start would find', () => {
    fc.assert(
      fc.property(timings, fc.oneof(instants, changes), (timing, after) => {
        const clock = new CronClock(timing)
        let last = after
        for (let n = 0; n < 5; n++) {
          const tick = clock.next(last)
          if (tick === null) return
          expect(tick).toBeGreaterThan(last)
          // From anywhere between two ticks the next one is the same.
          expect(clock.next(Math.floor((last + tick) / 2))).toBe(tick)
          expect(clock.next(tick - 1)).toBe(tick)
          last = tick
        }
      }),
      { numRuns: 300 },
    )
  })

  it('ticks at a time that the expression names on the wall, or where a gap ends', () => {
    fc.assert(
      fc.property(timings, fc.oneof(instants, changes), (timing, after) => {
        const tick = new CronClock(timing).next(after)
        if (tick === null) return
        const zone = new Zone(timing.timezone)
        const wall = tick + zone.offset(tick)
        const isNamed = new CronClock({ ...timing, timezone: 'UTC' }).next(wall - 1) === wall
        const endsGap = zone.offset(tick) > zone.offset(tick - 1)
        expect(isNamed || (endsGap && timing.gap === 'run-after')).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('finds the last ticks as walking through all of them does', () => {
    fc.assert(
      fc.property(
        timings,
        fc.oneof(instants, changes),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 43_200_000 }),
        (timing, from, count, span) => {
          const clock = new CronClock(timing)
          const next = (after: number) => clock.next(after)
          const first = next(from)
          if (first === null) return
          const until = first + span
          const all = ticksAfter((after) => ((tick) => (tick === null || tick > until ? null : tick))(next(after)), first - 1, 100_000)
          expect(lastTicks(next, first, until, count)).toEqual({ ticks: all.slice(-count), more: all.length > count })
        },
      ),
      { numRuns: 40 },
    )
  })
})

function record(missed: 'skip' | 'once' | 'all', maxMissed = 3): ScheduleRecord {
  const timing = timingOf({ every: '1m' })
  const spec = {
    type: 't',
    queue: 'q',
    priority: 5,
    groupKey: null,
    policy: '{}',
    data: '1',
    timing,
    missed,
    maxMissed,
    overlap: 'allow',
  } as const
  return { v: 1, spec, createdAt: 0, pausedAt: null, lastTick: null }
}

describe('ticks that are due', () => {
  const minute = 60_000
  it.each([
    ['once', 10 * minute, 10 * minute + 5, [10], 11],
    ['once', 10 * minute, 20 * minute + 5, [20], 21],
    ['skip', 10 * minute, 10 * minute + 59_999, [10], 11],
    ['skip', 10 * minute, 20 * minute, [20], 21],
    ['all', 10 * minute, 12 * minute, [10, 11, 12], 13],
    ['all', 10 * minute, 20 * minute, [18, 19, 20], 21],
    ['all', 10 * minute, 10 * minute - 1, [], 10],
  ] as const)('missed: %s, due at %i, at %i', (missed, dueAt, now, expected, following) => {
    const { next } = decodeSchedule('s', encodeSchedule(record(missed)))
    const due = dueTicks(record(missed), next, dueAt, now)
    expect(due.ticks.map((tick) => tick / minute)).toEqual(expected)
    expect(due.next).toBe(following * minute)
    expect(due.dropped).toBe(missed === 'all' && now === 20 * minute)
  })

  it('skips the tick of an hour ago', () => {
    const hourly = { ...record('skip'), spec: { ...record('skip').spec, timing: timingOf({ every: '1h' }) } }
    const { next } = decodeSchedule('s', encodeSchedule(hourly))
    expect(dueTicks(hourly, next, 3_600_000, 3_600_000 + 60_001)).toEqual({ ticks: [], dropped: false, next: 7_200_000 })
    expect(dueTicks(hourly, next, 3_600_000, 3_600_000 + 60_000).ticks).toEqual([3_600_000])
  })

  it('looks at a year of seconds without walking through it', () => {
    const timing = timingOf({ cron: '* * * * * *' })
    const seconds = { ...record('all', 100), spec: { ...record('all', 100).spec, timing } }
    const { next } = decodeSchedule('s', encodeSchedule(seconds))
    let asked = 0
    const due = dueTicks(seconds, (after) => (asked++, next(after)), at('2025-01-01'), at('2026-01-01'))
    expect([due.ticks.length, due.ticks.at(-1), due.dropped]).toEqual([100, at('2026-01-01'), true])
    expect(asked).toBeLessThan(1_000)
  })
})

describe('bad schedules', () => {
  it.each([
    ['INVALID_CRON', { cron: '' }],
    ['INVALID_CRON', { cron: '61 * * * *' }],
    ['INVALID_CRON', { cron: '* * * *' }],
    ['INVALID_CRON', { cron: '* * * * * * 2030' }],
    ['INVALID_CRON', { cron: '2030-01-01T00:00:00' }],
    ['INVALID_CRON', { cron: '@reboot' }],
    ['INVALID_CRON', { cron: '0 0 31 2 *' }],
    ['INVALID_CRON', { cron: 7 }],
    ['INVALID_TIMEZONE', { cron: '@daily', timezone: 'Mars/Olympus' }],
    ['INVALID_TIMEZONE', { cron: '@daily', timezone: '+02:00' }],
    ['INVALID_TIMEZONE', { cron: '@daily', timezone: '' }],
    ['INVALID_OPTION', {}],
    ['INVALID_OPTION', { cron: '@daily', every: '1h' }],
    ['INVALID_OPTION', { every: '1h', timezone: 'UTC' }],
    ['INVALID_OPTION', { every: '1h', dst: {} }],
    ['INVALID_OPTION', { every: 999 }],
    ['INVALID_OPTION', { cron: '@daily', dst: { gap: 'both' } }],
    ['INVALID_OPTION', { cron: '@daily', dst: { overlap: 'skip' } }],
    ['INVALID_OPTION', { cron: '@yearly', startAt: new Date('2026-02-01'), endAt: new Date('2026-03-01') }],
    ['INVALID_OPTION', { every: '1h', missed: 'some' }],
    ['INVALID_OPTION', { every: '1h', maxMissed: 5 }],
    ['INVALID_OPTION', { every: '1h', missed: 'all', maxMissed: 0 }],
    ['INVALID_OPTION', { every: '1h', overlap: 'first' }],
    ['INVALID_OPTION', { every: '1h', unique: { key: 'x' } }],
    ['INVALID_DURATION', { every: 'hourly' }],
    ['INVALID_DATE', { every: '1h', startAt: '2026-01-01' }],
    ['INVALID_DATE', { every: '1h', endAt: new Date(NaN) }],
  ])('%s: %j', (code, options) => {
    expect(() => checkSchedule('upsert', options as ScheduleTiming)).toThrow(expect.objectContaining({ code }))
  })

  it.each([
    '{}',
    '{"v":2}',
    'null',
    'no json',
    '{"v":1}',
    JSON.stringify({ ...record('once'), spec: { timing: { on: { cron: '@tomorrow' } } } }),
  ])('cannot be read: %s', (text) => {
    expect(() => decodeSchedule('s', text)).toThrow(expect.objectContaining({ code: 'SCHEDULE_UNREADABLE' }))
  })
})
