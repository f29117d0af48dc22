// @ts-check
import { coreTarget } from '../../guarantees/stores.mjs'
import { valuesFor } from './case.mjs'
import { isProvedBy } from './proof.mjs'

/** @typedef {'held' | 'weaker' | 'not applicable' | 'open' | 'not shown'} Verdict */
/** @typedef {{ verdict: Verdict, reason: string }} Judgement reason: '' where nothing is to be said */

/**
 * What the last run of that store says of the case. Without a test that passed there nothing is held.
 * @param {import('./case.mjs').Case} item
 * @param {import('../../guarantees/stores.mjs').Column} column
 * @param {import('./record.mjs').Record} record
 * @returns {Judgement}
 */
export function judge(item, column, record) {
  if (item.only && !item.only.some((name) => column.names.includes(name))) return { verdict: 'not applicable', reason: '' }
  const [notApplicable] = valuesFor(item.notApplicable, column)
  if (notApplicable !== undefined) return { verdict: 'not applicable', reason: notApplicable }
  const [open] = valuesFor(item.open, column)
  if (open !== undefined) return { verdict: 'open', reason: open }
  if (!record.runs.some(({ name }) => name === column.target)) return { verdict: 'not shown', reason: '' }
  const there = valuesFor(item.shown, column).flat()
  const inCore = item.core ?? []
  const missing = [
    ...there.filter((proof) => !hasPassed(proof, column.target, record)),
    ...inCore.filter((proof) => !hasPassed(proof, coreTarget, record)),
  ]
  if (there.length + inCore.length === 0) return { verdict: 'not shown', reason: 'no test is named' }
  if (missing.length > 0) return { verdict: 'not shown', reason: `did not pass in the last run: ${missing.join(', ')}` }
  const [weaker] = valuesFor(item.weaker, column)
  return weaker === undefined ? { verdict: 'held', reason: '' } : { verdict: 'weaker', reason: weaker }
}

/**
 * At least one test of that name passed, and none failed.
 * @param {string} proof
 * @param {string} target
 * @param {import('./record.mjs').Record} record
 */
function hasPassed(proof, target, { tests }) {
  const states = Object.entries(tests).flatMap(([title, targets]) => (isProvedBy(proof, title) ? [targets[target]] : []))
  return states.includes('passed') && !states.includes('failed')
}
