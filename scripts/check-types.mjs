// @ts-check
// Type-checks what no build does: the tests of every package and example, and these scripts.
import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './run.mjs'

const projects = [
  ...globSync('{packages,examples}/*/test', { cwd: root }).filter((path) => existsSync(join(root, path, 'tsconfig.json'))),
  'scripts',
].sort()
const failed = projects.filter((project) => {
  const hasFiles = globSync(`${project}/**/*.{ts,mjs}`, { cwd: root }).length > 0
  return hasFiles && spawnSync('node', ['node_modules/typescript/bin/tsc', '-p', project], { cwd: root, stdio: 'inherit' }).status !== 0
})
if (failed.length > 0) console.error(`types do not fit in ${failed.join(', ')}`)
process.exitCode = failed.length > 0 ? 1 : 0
