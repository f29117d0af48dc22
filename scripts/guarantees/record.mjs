// @ts-check
// What is kept of the last runs in guarantees/last-run.json: enough to make the page from, for whoever has not run all databases.
import { coreTarget } from '../../guarantees/stores.mjs'
import { isProvedBy } from './proof.mjs'

/** @typedef {import('../test/kept-runs.mjs').KeptRun} KeptRun */
/** @typedef {'passed' | 'failed' | 'skipped'} State */
/**
 * @typedef {object} Record
 * @property {{ name: string, version: string, date: string }[]} runs
 * @property {{ [title: string]: { [target: string]: string } }} tests the state of each test that proves something
 */

/**
 * @param {KeptRun[]} runs
 * @param {import('./case.mjs').Case[]} cases
 * @param {import('../../guarantees/stores.mjs').Column[]} columns
 * @returns {Record}
 */
export function toRecord(runs, cases, columns) {
  const known = columns.flatMap(({ target }) => runs.filter(({ name }) => name === target))
  const everywhere = [...new Set(cases.flatMap(({ shown }) => Object.values(shown ?? {}).flat()))]
  const inCore = [...new Set(cases.flatMap(({ core }) => core ?? []))]
  /** @type {Record['tests']} */
  const tests = {}
  for (const { name, tests: states } of known) {
    const proofs = name === coreTarget ? [...everywhere, ...inCore] : everywhere
    for (const { title, state } of states) {
      if (!proofs.some((proof) => isProvedBy(proof, title))) continue
      const targets = (tests[title] ??= {})
      targets[name] = worse(targets[name], state)
    }
  }
  return {
    runs: known.map(({ name, version, date }) => ({ name, version, date })),
    tests: Object.fromEntries(Object.entries(tests).sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

/**
 * Two suites of a target may have a test of the same title.
 * @param {string | undefined} before
 * @param {string} state
 */
function worse(before, state) {
  return before === 'failed' || (before === 'passed' && state === 'skipped') ? before : state
}
