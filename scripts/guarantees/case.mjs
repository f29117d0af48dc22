// @ts-check
// The shape of the cases in guarantees/cases.

/** One store or several, as guarantees/stores.mjs says; `every`: all. @typedef {'every' | 'server' | 'database' | 'postgres' | 'mysql' | 'sqlite' | 'mongo' | 'replicaset' | 'standalone' | 'memory'} StoreName */
/**
 * @template Value
 * @typedef {Partial<Record<StoreName, Value>>} ByStore
 */

/**
 * A test: the id of a conformance case (`claim-jobs/race`), or the full title of a test, groups first. With ` …` at its end: all tests that begin so.
 * @typedef {string} Proof
 */

/**
 * One case of what may go wrong, and what shows that it does not.
 * @typedef {object} Case
 * @property {number} number stable: never given to another case
 * @property {string} says what holds
 * @property {boolean} [first] loss of data or double effects
 * @property {StoreName[]} [only] the stores that it is about; default all
 * @property {ByStore<Proof[]>} [shown] `every`: on each store anew
 * @property {Proof[]} [core] tests of core itself, which run once and count for every store
 * @property {ByStore<string>} [weaker] why less holds there
 * @property {ByStore<string>} [notApplicable] why it cannot happen there
 * @property {ByStore<string>} [open] what is still to be shown
 */

/** @typedef {{ title: string, cases: Case[] }} Chapter */

/**
 * @template Value
 * @param {ByStore<Value> | undefined} values
 * @param {import('../../guarantees/stores.mjs').Column} column
 * @returns {Value[]}
 */
export function valuesFor(values, { names }) {
  return Object.entries(values ?? {}).flatMap(([name, value]) => (name === 'every' || names.includes(name) ? [value] : []))
}
