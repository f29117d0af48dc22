// @ts-check
import { describe, expect, it } from 'vitest'
import { report } from './report.mjs'
import { readReport } from './run-suite.mjs'

/** @param {Partial<import('./run-target.mjs').TargetOutcome>} overrides */
const outcome = (overrides) => ({
  name: 'sqlite',
  left: [],
  version: '3.54.1',
  ms: 61_234,
  passed: 5,
  failed: 0,
  skipped: 0,
  failures: [],
  tests: [],
  ...overrides,
})

describe('the report', () => {
  it('ends with the counts of a run without failures', () => {
    const { text, failed } = report([outcome({}), outcome({ name: 'mysql9', passed: 2 })], [])
    expect(failed).toBe(0)
    expect(text.split('\n').at(-1)).toBe('7 passed, 0 failed')
  })

  it('ends with the skipped cases, too, where there are any, and counts a failed step as one', () => {
    const { text, failed } = report([outcome({ skipped: 3, failed: 1, failures: ['claim: no'] })], ['eslint'])
    expect(failed).toBe(2)
    expect(text.split('\n').at(-1)).toBe('5 passed, 2 failed, 3 skipped')
    expect(text).toContain('FAILED eslint\nFAILED sqlite: claim: no\n')
  })

  it('says what it left out where', () => {
    const { text } = report([outcome({ name: 'postgres13', left: ['packages/failure-lab', 'examples/digest'] })], [])
    expect(text).toContain('\nleft to --full on postgres13: packages/failure-lab, examples/digest\n\n5 passed')
  })

  it('names a database that could not be had in its table', () => {
    const { text } = report(
      [outcome({ name: 'mysql9', version: 'not run', ms: 0, passed: 0, failed: 1, failures: ['not run: no mirror'] })],
      [],
    )
    expect(text).toMatch(/^mysql9 +not run +0 +1 +0 +0\.0 s$/m)
    expect(text.split('\n').at(-1)).toBe('0 passed, 1 failed')
  })
})

describe('what vitest reports', () => {
  const counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 }

  it('is counted', () => {
    const failedCase = { fullName: 'claim one', status: 'failed', failureMessages: ['Error: no\n  at x'] }
    const file = { name: '/p/a/b.test.ts', status: 'failed', message: '', assertionResults: [failedCase] }
    const read = readReport('p/a', { numPassedTests: 4, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1, testResults: [file] }, 1)
    expect(read).toEqual({
      passed: 4,
      failed: 1,
      skipped: 3,
      failures: ['p/a: claim one: Error: no'],
      tests: [{ title: 'claim one', state: 'failed' }],
    })
  })

  it('is a failure where a file did not load', () => {
    const file = { name: '/p/a/b.test.ts', status: 'failed', message: 'Cannot find x', assertionResults: [] }
    expect(readReport('p/a', { ...counts, numPassedTests: 1, testResults: [file] }, 1)).toMatchObject({ passed: 1, failed: 1 })
  })

  it('is a failure where there is no test, or where vitest failed beside the tests', () => {
    expect(readReport('p', { ...counts, testResults: [] }, 0).failures).toEqual(['p: there is no test'])
    expect(readReport('p', { ...counts, numPassedTests: 1, testResults: [] }, 1)).toMatchObject({ failed: 1 })
  })
})
