// @ts-check
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { chapters } from '../../guarantees/cases/index.mjs'
import { columns } from '../../guarantees/stores.mjs'
import { root } from '../run.mjs'
import { valuesFor } from './case.mjs'
import { buildPage, page, record } from './files.mjs'
import { judge } from './judge.mjs'
import { isProvedBy } from './proof.mjs'
import { toRecord } from './record.mjs'
import { findIds, findTitles } from './sources.mjs'

const cases = chapters.flatMap((chapter) => chapter.cases)
const [postgres, memory] = ['postgres18', 'memory'].map((name) => columns.find(({ target }) => target === name))

describe('the cases', () => {
  it('are 84, each once, in order', () => {
    expect(cases.map(({ number }) => number)).toEqual(Array.from({ length: 84 }, (_, index) => index + 1))
  })

  it('say of each store what shows them, or why nothing does', () => {
    const silent = cases.flatMap((item) =>
      columns
        .filter(({ names }) => !item.only || item.only.some((name) => names.includes(name)))
        .filter((column) => {
          const { shown, notApplicable, open, core = [] } = item
          return [...valuesFor(shown, column), ...valuesFor(notApplicable, column), ...valuesFor(open, column), ...core].length === 0
        })
        .map(({ target }) => `${String(item.number)} on ${target}`),
    )
    expect(silent).toEqual([])
  })

  it('name only tests that exist', { timeout: 60_000 }, async () => {
    // Titles that are put together when they run stand in no source, but in the last run.
    const { tests } = JSON.parse(readFileSync(record, 'utf8'))
    const [known, titles] = [[...(await findIds(root)), ...Object.keys(tests)], findTitles(root)]
    const proofs = new Set(cases.flatMap(({ shown, core = [] }) => [...Object.values(shown ?? {}).flat(), ...core]))
    const unknown = [...proofs, 'claim-jobs/no-such', 'no such test', 'no such group …'].filter((proof) => {
      const isThere = (/** @type {string} */ title) => isProvedBy(proof, title)
      return !known.some(isThere) && !titles.some((title) => title.couldBe(proof))
    })
    expect(unknown).toEqual(['claim-jobs/no-such', 'no such test', 'no such group …'])
    expect(proofs.size).toBeGreaterThan(100)
  })
})

describe('docs/guarantees.md', () => {
  it('is what `npm run guarantees` makes', { timeout: 60_000 }, async () => {
    expect(readFileSync(page, 'utf8') === (await buildPage()), 'run `npm run guarantees`').toBe(true)
  })
})

describe('a cell', () => {
  const item = { number: 1, says: 'x', shown: { every: ['claim-jobs/race'], postgres: ['names lives …'] }, core: ['ids are texts'] }
  const recordOf = (/** @type {Record<string, string>} */ states) =>
    toRecord(
      ['postgres18', 'memory'].map((name) => ({
        name,
        version: '1',
        date: '2030-01-01',
        tests: Object.entries(states).map(([title, state]) => ({ title, state })),
      })),
      [item],
      columns,
    )
  const passed = { 'claim-jobs claim-jobs/race: a storage x': 'passed', 'names lives in a': 'passed', 'ids are texts': 'passed' }
  const verdict = (/** @type {object} */ overrides, /** @type {Record<string, string>} */ states, column = postgres) =>
    column && judge({ ...item, ...overrides }, column, recordOf(states)).verdict

  it('is held when all that shows it passed there', () => {
    expect(verdict({}, passed)).toBe('held')
    expect(verdict({}, passed, memory)).toBe('held')
    expect(verdict({ weaker: { postgres: 'why' } }, passed)).toBe('weaker')
    expect(verdict({ open: { every: 'what' } }, passed)).toBe('open')
    expect(verdict({ only: ['mysql'] }, passed)).toBe('not applicable')
  })

  it.each([
    ['failed', { ...passed, 'names lives in b': 'failed' }],
    ['was skipped', { ...passed, 'claim-jobs claim-jobs/race: a storage x': 'skipped' }],
    ['is not there', { 'names lives in a': 'passed', 'ids are texts': 'passed' }],
    ['failed in core', { ...passed, 'ids are texts': 'failed' }],
  ])('is not shown when a test %s', (_, states) => {
    expect(verdict({}, states)).toBe('not shown')
  })

  it('is not shown on a store that did not run', () => {
    expect(
      verdict(
        {},
        passed,
        columns.find(({ target }) => target === 'sqlite'),
      ),
    ).toBe('not shown')
  })
})
