import { cruelPlan, mixedPlan, type Cruelty, type Line } from '@dbjobq/failure-lab'
import { beforeAll, describe, expect, it } from 'vitest'
import { run, type Run } from './lab.js'

type Of<Kind> = Extract<Line, { kind: Kind }>

let cruel: Run
let mixed: Run

// Both at once, as most of each is waiting for leases to run out.
beforeAll(async () => {
  ;[cruel, mixed] = await Promise.all([run('cruel', cruelPlan), run('mixed', mixedPlan)])
}, 400_000)

function of<Kind extends Line['kind']>({ lines }: Run, kind: Kind): Of<Kind>[] {
  return lines.filter((line): line is Of<Kind> => line.kind === kind)
}

/** The last time it was done: to which process, and the runs of the job that was its reason, the first one first. */
function story(cruelty: Cruelty) {
  const last = of(cruel, 'cruelty').findLast((line) => line.cruelty === cruelty)
  const process = of(cruel, 'process').find(({ by }) => by === last?.victim)
  const runs = runsOf(last?.id)
  const first = runs.find(({ by }) => by === last?.victim)
  return { process, first, end: endOf(first), others: runs.filter((run) => run !== first), outcomes: outcomesOf(last?.id) }
}

function runsOf(id: string | undefined): Of<'began'>[] {
  return of(cruel, 'began')
    .filter((line) => line.id === id)
    .sort((a, b) => a.at - b.at)
}

function endOf(began: Of<'began'> | undefined): Of<'ended'> | undefined {
  return of(cruel, 'ended').find(({ run }) => run === began?.run)
}

/**
 * Without what was given back unrun, as workers do that end while it waits for a slot. Where its last worker died before it could tell what
 * became of it, the store says it.
 */
function outcomesOf(id = ''): string[] {
  const told: string[] = of(cruel, 'settled')
    .filter((line) => line.id === id && line.outcome !== 'released')
    .sort((a, b) => a.at - b.at)
    .map(({ outcome }) => outcome)
  const end = cruel.statuses.get(id)
  return end === undefined || told.includes(end) ? told : [...told, end]
}

function isLost(began: Of<'began'> | undefined): boolean {
  return of(cruel, 'lost').some(({ id, by }) => id === began?.id && by === began.by)
}

function crashes(type: string) {
  const [first] = of(cruel, 'began').filter((line) => line.type === type)
  return { runs: runsOf(first?.id), outcomes: outcomesOf(first?.id) }
}

describe('what a process meets', () => {
  it('balances, whatever was done', () => {
    expect(cruel.report.problems).toEqual([])
  })

  it('sigkill: a job of a killed worker runs again elsewhere', () => {
    const { process, first, end, others, outcomes } = story('sigkill')
    expect(process?.signal).toBe('SIGKILL')
    expect(first).toBeDefined()
    expect(end?.how).not.toBe('returned')
    expect(others.length).toBeGreaterThan(0)
    expect(outcomes).toEqual(['completed'])
  })

  it('sigstop: a worker that was stopped for longer than its lease finds that its jobs are those of others', () => {
    const { first, end, others, outcomes } = story('sigstop')
    expect(end?.reason).toBe('LEASE_LOST')
    expect(isLost(first)).toBe(true)
    expect(others.length).toBeGreaterThan(0)
    expect(outcomes).toEqual(['completed'])
  })

  it('sigterm-once: a worker ends what it runs before it ends itself', () => {
    const { process, end, outcomes } = story('sigtermOnce')
    expect(process?.code).toBe(0)
    expect([end?.how, end?.reason]).toEqual(['returned', undefined])
    expect(outcomes).toEqual(['completed'])
    const runs = of(cruel, 'began').filter(({ by }) => by === process?.by)
    const told = [...of(cruel, 'settled'), ...of(cruel, 'lost')].filter(({ by }) => by === process?.by)
    const known = new Set(told.map(({ id }) => id))
    expect(runs.filter(({ id }) => !known.has(id))).toEqual([])
    expect(of(cruel, 'ended').filter(({ by, reason }) => by === process?.by && reason === 'SHUTDOWN')).toEqual([])
  })

  it('sigterm-twice: a worker hands back what it runs, uncharged', () => {
    const { process, first, end, others, outcomes } = story('sigtermTwice')
    expect(process?.code).toBe(0)
    expect(end?.reason).toBe('SHUTDOWN')
    expect(others[0]?.attempt).toBe(first?.attempt)
    expect(outcomes).toEqual(['completed'])
    expect(of(cruel, 'settled').find(({ id, by }) => id === first?.id && by === first.by)?.outcome).toBe('released')
  })

  it('process-exit: a job that ends its process fails after one crash more than it has attempts', () => {
    const { runs, outcomes } = crashes('exits')
    expect(runs.length).toBeGreaterThan(0)
    expect(runs.length).toBeLessThanOrEqual(2)
    expect(outcomes).toEqual(['failed'])
  })

  it('out-of-memory: so does a job that takes all memory', () => {
    const { runs, outcomes } = crashes('hoards')
    expect(runs.length).toBeGreaterThan(0)
    expect(runs.length).toBeLessThanOrEqual(2)
    expect(outcomes).toEqual(['failed'])
  })

  it('blocked-event-loop: a job that blocks its worker for longer than the lease is given to another, and its result is refused', () => {
    const { first, end, others, outcomes } = story('blockedEventLoop')
    expect(end?.how).toBe('returned')
    expect(isLost(first)).toBe(true)
    expect(others.length).toBeGreaterThan(0)
    expect(outcomes).toEqual(['completed'])
  })

  it('ignored-signal: a job that ignores its timeout is retried, and what it still does counts for nothing', () => {
    const { first, end, others, outcomes } = story('ignoredSignal')
    expect(of(cruel, 'stuck').some(({ id }) => id === first?.id)).toBe(true)
    expect(outcomes).toEqual(['retrying', 'completed'])
    expect(end?.at).toBeGreaterThanOrEqual(others[0]?.at ?? Infinity)
  })
})

describe('on a bad network', () => {
  it('mixed: killed processes, lost answers, refused, late and hung calls lose nothing, and nobody calls without end', () => {
    const { problems, cruelties, failedCalls, calls, runs, seconds } = mixed.report
    expect(problems).toEqual([])
    expect(Object.keys(cruelties).sort()).toEqual(mixedPlan.cruelties.flat().sort())
    expect(failedCalls).toBeGreaterThan(0)
    const processes = mixedPlan.workers + mixedPlan.enqueuers
    expect(calls).toBeLessThan(20 * runs + 20 * seconds * processes)
  })
})
