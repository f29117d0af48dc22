import { CronClock, type CronTiming } from './schedule-cron.js'

/** When a schedule ticks, as it is stored; times in epoch ms. */
export interface Timing {
  on: CronTiming | { every: number }
  /** First and last possible tick, both included. */
  startAt: number | null
  endAt: number | null
}

/** Answers the first tick later than `after`, or null when there is none (any more). */
export type NextTick = (after: number) => number | null

/**
 * Ticks of `every` lie whole intervals from `startAt`, which is the first one, else from `createdAt`, which is none itself: they do not drift.
 * @throws DbjobqError `INVALID_CRON`, `INVALID_TIMEZONE`
 */
export function nextTickOf({ on, startAt, endAt }: Timing, createdAt: number): NextTick {
  const next = 'every' in on ? everyFrom(startAt ?? createdAt + on.every, on.every) : cronNext(on)
  return (after) => {
    const tick = next(startAt === null ? after : Math.max(after, startAt - 1))
    return tick === null || (endAt !== null && tick > endAt) ? null : tick
  }
}

/** The ticks later than `after`, at most `count`. */
export function ticksAfter(next: NextTick, after: number, count: number): number[] {
  const ticks: number[] = []
  for (let tick = next(after); tick !== null && ticks.length < count; tick = next(tick)) ticks.push(tick)
  return ticks
}

/**
 * The last `count` ticks from `first` (one itself) to `until`, and whether there were more. Looks back ever further, since
 * a schedule by the second that nobody ran for a year has more ticks than anybody wants to walk through.
 */
export function lastTicks(next: NextTick, first: number, until: number, count: number): { ticks: number[]; more: boolean } {
  for (let span = 1_000 * count; ; span *= 2) {
    const start = Math.max(first, until - span)
    const ticks = start === first ? [first] : []
    for (let tick = next(start); tick !== null && tick <= until; tick = next(tick)) ticks.push(tick)
    if (start === first || ticks.length >= count) return { ticks: ticks.slice(-count), more: start > first || ticks.length > count }
  }
}

function everyFrom(first: number, every: number): NextTick {
  return (after) => {
    const tick = first + Math.max(0, Math.floor((after - first) / every) + 1) * every
    return tick <= latest ? tick : null
  }
}

function cronNext(timing: CronTiming): NextTick {
  const clock = new CronClock(timing)
  return (after) => clock.next(after)
}

const latest = 253_402_300_799_999
