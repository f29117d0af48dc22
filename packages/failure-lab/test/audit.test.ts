import { describe, expect, it } from 'vitest'
import { auditJob } from '../src/ledger/audit-job.js'
import { auditKeys, holdingOf } from '../src/ledger/audit-keys.js'
import { auditTicks } from '../src/ledger/audit-ticks.js'
import { historiesOf, type JobLine } from '../src/ledger/histories.js'
import type { ProcessLine, RowLine } from '../src/ledger/line.js'

const id = 'a-job'
const on = (by: string, at: number) => ({ id, by, at })

const enqueued: JobLine = { ...on('enqueuer', 0), kind: 'enqueued', outcome: 'enqueued' }
const keyed: JobLine = { ...on('enqueuer', 0), kind: 'enqueued', outcome: 'enqueued', key: 'k' }
const began = (by: string, at: number, attempt = 1): JobLine => ({
  ...on(by, at),
  kind: 'began',
  type: 'quick',
  attempt,
  run: `${by}#${at}`,
})
const returned = (by: string, at: number, begun: number): JobLine => ({
  ...on(by, at),
  kind: 'ended',
  run: `${by}#${begun}`,
  how: 'returned',
})
const completed = (by: string, at: number, attempt = 1): JobLine => ({ ...on(by, at), kind: 'settled', attempt, outcome: 'completed' })
const lost = (by: string, at: number, attempt = 1): JobLine => ({ ...on(by, at), kind: 'lost', attempt })
const row = (changes: Partial<RowLine> = {}): RowLine => {
  const values = { status: 'completed', attempts: 1, maxRetries: 3, run: 'one#10', isMadeByStore: false } as const
  return { kind: 'row', id, type: 'quick', ...values, ...changes }
}
const whole = [enqueued, began('one', 10), returned('one', 20, 10), completed('one', 30)]

/** Both processes ended well, unless said otherwise. */
function problemsOf(lines: JobLine[], killed: string[] = []): string[] {
  const ends = ['one', 'two'].map((by): [string, ProcessLine] => {
    const isKilled = killed.includes(by)
    return [by, { kind: 'process', by, at: 1_000, cruelty: null, code: isKilled ? null : 0, signal: isKilled ? 'SIGKILL' : null }]
  })
  return historiesOf(lines).flatMap((history) => auditJob(history, new Map(ends)))
}

describe('the audit of a job lets pass', () => {
  it.each<[string, JobLine[], string[]?]>([
    ['one that ran and completed', [...whole, row()]],
    ['one that ran again where its worker was killed', [enqueued, began('two', 5), ...whole.slice(1), row()], ['two']],
    ['one that ran again where its lease was lost', [enqueued, began('two', 5), lost('two', 25), ...whole.slice(1), row()]],
    ['a call that was never answered and did nothing', []],
  ])('%s', (_, lines, killed) => {
    expect(problemsOf(lines, killed)).toEqual([])
  })
})

describe('the audit of a job finds', () => {
  it.each<[string, JobLine[], string]>([
    ['a lost job', whole, 'enqueued, and lost'],
    ['one that never ended', [enqueued, row({ status: 'pending', run: null })], 'never ended; it is pending'],
    ['one completed without a run', [enqueued, row()], 'completed with the result of one#10, which did not return'],
    ['the result of another run', [...whole, began('two', 40), row({ run: 'two#40' })], 'which did not return'],
    ['a final status that was written twice', [...whole, completed('two', 40), row()], 'ended 2 times: completed, completed'],
    ['a final status that changed', [...whole, row({ status: 'failed', attempts: 4 })], 'told to be completed, and is failed'],
    ['a failure of what cannot fail', [enqueued, row({ status: 'failed', attempts: 4 })], 'failed, but should have completed'],
    ['a cancel that nobody asked for', [enqueued, row({ status: 'cancelled' })], 'cancelled, and nobody asked for it'],
    ['attempts without bounds', [...whole, row({ attempts: 5 })], '5 attempts of 4'],
    [
      'an attempt that was charged twice',
      [...whole, began('two', 40), { ...completed('two', 50), outcome: 'retrying' } as JobLine, row()],
      'attempt 1 was settled 2 times',
    ],
    [
      'two runs at the same time',
      [...whole, began('two', 15), returned('two', 40, 15), row()],
      'one#10 and two#15 ran it at the same time',
    ],
    ['a follow-up of a job that had none', [...whole, row(), { kind: 'followUp', id }], '1 follow-ups, not 0'],
  ])('%s', (_, lines, problem) => {
    expect(problemsOf(lines).join('\n')).toContain(problem)
  })
})

describe('the audit of keys and ticks finds', () => {
  it('a key that two jobs held at a time', () => {
    const holdings = ['a', 'b'].flatMap((key) => historiesOf([keyed, ...whole.slice(1), row()]).map((history) => ({ ...history, id: key })))
    expect(auditKeys(holdings.flatMap(holdingOf))).toHaveLength(1)
    expect(auditKeys(holdings.slice(1).flatMap(holdingOf))).toEqual([])
  })

  it('a tick that came twice, one that never came, and one that is none', () => {
    const schedule = { id: 's', startAt: new Date(1_000), every: 1_000, lastTick: new Date(3_000) } as Parameters<typeof auditTicks>[0]
    expect(auditTicks(schedule, [1_000, 2_000, 3_000])).toEqual([])
    expect(auditTicks(schedule, [1_000, 2_000, 2_000, 2_500])).toEqual([
      'schedule s: 2 jobs of the tick 2000',
      'schedule s: no job of the tick 3000',
      'schedule s: a job of 2500, which is no tick',
    ])
  })
})
