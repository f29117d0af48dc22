// @ts-check
import { globSync } from 'node:fs'
import { families } from '../targets.mjs'

/**
 * Packages and examples that have tests which no target runs: they would be passed over in silence.
 * @param {string} root
 * @returns {string[]}
 */
export function findUnnamedSuites(root) {
  const named = new Set(Object.values(families).flatMap(({ suites }) => suites.map(({ path }) => path)))
  const withTests = globSync('{packages,examples}/*/{src,test}/**/*.test.{ts,mts,js,mjs}', { cwd: root }).map((file) =>
    file.split(/[\\/]/).slice(0, 2).join('/'),
  )
  return [...new Set(withTests)].filter((path) => !named.has(path)).sort()
}
