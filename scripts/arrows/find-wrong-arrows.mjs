// @ts-check
import { globSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import ts from 'typescript'
import { judgeDependency, judgeImport } from './judge.mjs'

/** @typedef {{ file: string, line: number, target: string, rule: string }} WrongArrow */

/**
 * Looks through all imports and dependencies of packages, examples and the bench.
 * @param {string} root of the repository
 * @returns {{ looked: number, wrong: WrongArrow[] }} how many imports and dependencies there were, and those that break a rule
 */
export function findWrongArrows(root) {
  const manifests = find(root, ['{packages,examples}/*/package.json', 'bench/package.json']).map((file) => ({
    file,
    text: read(root, file),
  }))
  const programs = new Set(manifests.filter(({ file }) => !file.startsWith('packages/')).map(({ text }) => String(JSON.parse(text).name)))
  const sources = find(root, ['{packages,examples,bench}/**/*.{ts,mts,tsx,js,mjs}'])
  const judged = [
    ...sources.flatMap((file) =>
      importsOf(read(root, file)).map((found) => ({ ...found, file, rule: judgeImport(file, found.target, programs) })),
    ),
    ...manifests.flatMap(({ file, text }) =>
      dependenciesOf(text).map(({ isDevelopment, ...found }) => ({
        ...found,
        file,
        rule: judgeDependency(file, found.target, isDevelopment),
      })),
    ),
  ]
  return { looked: judged.length, wrong: judged.flatMap(({ rule, ...found }) => (rule === undefined ? [] : [{ ...found, rule }])) }
}

/**
 * @param {string} root
 * @param {string[]} patterns
 */
function find(root, patterns) {
  const found = globSync(patterns, { cwd: root, exclude: (name) => ['node_modules', 'dist'].includes(name.split(sep).at(-1) ?? '') })
  return found.map((file) => file.split(sep).join('/')).sort()
}

/**
 * @param {string} root
 * @param {string} file
 */
const read = (root, file) => readFileSync(join(root, file), 'utf8')

/**
 * Every import, export from, dynamic import, import type and require of a file.
 * @param {string} text
 */
function importsOf(text) {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName, pos }) => ({ target: fileName, line: lineAt(text, pos) }))
}

/** @param {string} text of a package.json */
function dependenciesOf(text) {
  const manifest = JSON.parse(text)
  return ['dependencies', 'peerDependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) =>
    Object.keys(manifest[kind] ?? {}).map((target) => ({
      target,
      line: lineAt(text, text.indexOf(`"${target}"`, text.indexOf(`"${kind}"`))),
      isDevelopment: kind === 'devDependencies',
    })),
  )
}

/**
 * @param {string} text
 * @param {number} position
 */
const lineAt = (text, position) => text.slice(0, position).split('\n').length
