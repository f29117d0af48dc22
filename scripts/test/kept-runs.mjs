// @ts-check
// What `npm test` leaves behind for `npm run guarantees`: of each database its last run, test by test.
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** @typedef {{ name: string, version: string, date: string, tests: import('./run-suite.mjs').TestState[] }} KeptRun date: `2030-01-31` */

const folder = '.test-runs'

/**
 * A run that never began says nothing, so the one before it stays.
 * @param {string} root
 * @param {import('./run-target.mjs').TargetOutcome} outcome
 */
export function keepRun(root, { name, version, tests }) {
  if (tests.length === 0) return
  /** @type {KeptRun} */
  const run = { name, version, date: new Date().toISOString().slice(0, 10), tests }
  mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(join(root, folder, `${name.replace(/[^\w-]+/g, '_')}.json`), JSON.stringify(run, null, 1))
}

/**
 * @param {string} root
 * @returns {KeptRun[]}
 */
export function readKeptRuns(root) {
  return globSync(`${folder}/*.json`, { cwd: root }).map((file) => JSON.parse(readFileSync(join(root, file), 'utf8')))
}
