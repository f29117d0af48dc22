import { describe, expect, it } from 'vitest'
import { settle, type Ending } from '../src/model/outcome.js'
import type { JobRow } from '../src/model/storage.js'

const now = 1_000_000
const failure = { at: now, attempt: 1, name: 'Error', message: 'x' }

function running(overrides: Partial<JobRow> = {}): JobRow {
  return {
    id: '01890000-0000-7000-8000-000000000000',
    queue: 'default',
    type: 'noop',
    groupKey: null,
    priority: 5,
    status: 'running',
    runAt: now - 10,
    uniqueKey: 'k',
    keyUntil: 'settlement',
    data: '{}',
    options: '{}',
    attempts: 1,
    claimId: 'c',
    workerId: 'w',
    startedAt: now - 5,
    finishedAt: null,
    deleteAt: null,
    cancelRequestedAt: null,
    progress: null,
    result: null,
    errors: null,
    ...overrides,
  }
}

const day = 86_400_000
const table: [string, Ending, Partial<JobRow>, object][] = [
  [
    'completed',
    { kind: 'completed', result: '1' },
    {},
    { status: 'completed', attempts: 1, result: '1', finishedAt: now, deleteAt: now + day, releaseKey: true },
  ],
  [
    'threw, retries left',
    { kind: 'threw', failure },
    {},
    { status: 'scheduled', runAt: now + 2_000, attempts: 1, releaseKey: false, finishedAt: null, startedAt: null },
  ],
  ['threw, third attempt', { kind: 'threw', failure }, { attempts: 3 }, { status: 'scheduled', runAt: now + 8_000 }],
  ['threw, delay given', { kind: 'threw', failure, delay: 0 }, {}, { status: 'pending', runAt: now }],
  [
    'threw, none left',
    { kind: 'threw', failure },
    { attempts: 4 },
    { status: 'failed', attempts: 4, deleteAt: now + 30 * day, releaseKey: true },
  ],
  ['permanent', { kind: 'permanent', failure }, {}, { status: 'failed', attempts: 1, releaseKey: true }],
  [
    'completed within its window',
    { kind: 'completed', result: null },
    { options: JSON.stringify({ keyEnd: now + 2 * day }) },
    { status: 'completed', deleteAt: now + 2 * day, releaseKey: false },
  ],
  ['completed after its window', { kind: 'completed', result: null }, { options: JSON.stringify({ keyEnd: now }) }, { releaseKey: true }],
  ['permanent within its window', { kind: 'permanent', failure }, { options: JSON.stringify({ keyEnd: now + 1 }) }, { releaseKey: false }],
  ['cancelled within its window', { kind: 'cancelled' }, { options: JSON.stringify({ keyEnd: now + 1 }) }, { releaseKey: false }],
  [
    'cancelled within its window, before it started',
    { kind: 'cancelled' },
    { options: JSON.stringify({ keyEnd: now + 1 }), startedAt: null },
    { releaseKey: true },
  ],
  [
    'released for a while',
    { kind: 'released', delay: 50 },
    {},
    { status: 'scheduled', runAt: now + 50, attempts: 0, errors: null, releaseKey: false },
  ],
  ['snoozed', { kind: 'snoozed', delay: 50 }, {}, { status: 'scheduled', runAt: now + 50, attempts: 0, errors: null }],
  ['released', { kind: 'released' }, {}, { status: 'pending', runAt: now - 10, attempts: 0, errors: null, forgetClaim: false }],
  ['rescued, started', { kind: 'rescued' }, {}, { status: 'scheduled', runAt: now + 2_000, attempts: 1, forgetClaim: true }],
  ['rescued, not started', { kind: 'rescued' }, { startedAt: null }, { status: 'pending', attempts: 0, forgetClaim: true }],
  [
    'rescued, to be cancelled',
    { kind: 'rescued' },
    { cancelRequestedAt: 7 },
    { status: 'cancelled', attempts: 1, forgetClaim: true, releaseKey: true },
  ],
  ['rescued, none left', { kind: 'rescued' }, { attempts: 4 }, { status: 'failed', forgetClaim: true, releaseKey: true }],
  ['cancelled', { kind: 'cancelled' }, {}, { status: 'cancelled', attempts: 1, releaseKey: true, deleteAt: now + day }],
]

describe('the state machine', () => {
  it.each(table)('settles a job that %s', (_, ending, overrides, expected) => {
    expect(settle(running(overrides), ending, now).settlement).toMatchObject(expected)
  })

  it('keeps the last 10 errors', () => {
    let job = running({ options: '{"maxRetries":100}' })
    for (let attempt = 1; attempt <= 15; attempt++) {
      const { settlement } = settle({ ...job, attempts: attempt }, { kind: 'threw', failure: { ...failure, attempt } }, now)
      job = { ...job, errors: settlement.errors }
    }
    const kept = JSON.parse(job.errors ?? '[]') as { attempt: number }[]
    expect(kept.map(({ attempt }) => attempt)).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
  })
})
