// @ts-check
import { join } from 'node:path'
import { compile, everything } from '../compile.mjs'
import { root } from '../run.mjs'

/** @param {string} name */
const bin = (name) => join(root, 'node_modules/.bin', name)

/** @typedef {{ name: string, command: string, args: string[] }} Step */

/** @type {Step} everything else needs it */
export const build = { name: 'build', command: 'node', args: compile(everything()) }

/** @type {Step[]} they read the sources only */
export const checksOfSources = [
  { name: 'arrows', command: 'node', args: ['scripts/check-arrows.mjs'] },
  { name: 'prettier', command: bin('prettier'), args: ['--check', '--log-level=warn', '.'] },
]

/** @type {Step[]} */
export const checks = [
  { name: 'types of tests', command: bin('tsc'), args: ['-p', '.'] },
  { name: 'types of scripts', command: bin('tsc'), args: ['-p', 'scripts'] },
  { name: 'snippets of the pages', command: 'node', args: ['scripts/check-snippets.mjs'] },
  { name: 'eslint', command: bin('eslint'), args: ['.'] },
  { name: 'packed packages', command: 'node', args: ['scripts/check-packages.mjs'] },
]

/**
 * Runs one step; says that it went well in a line, or what it printed.
 * @param {import('./children.mjs').Children} children
 * @param {Step} step
 * @param {(line: string) => void} print
 * @returns {Promise<boolean>} whether it went well
 */
export async function runStep(children, { name, command, args }, print) {
  const begin = performance.now()
  const { code, output } = await children.run(command, args, { cwd: root })
  if (code !== 0) print(output.trimEnd())
  print(`${name} ${code === 0 ? 'ok' : 'FAILED'}, ${((performance.now() - begin) / 1000).toFixed(1)} s`)
  return code === 0
}
