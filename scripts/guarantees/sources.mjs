// @ts-check
// Which tests there are, read from the sources: what a proof names must be one of them, run or not.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The ids of the conformance cases, each as the title of its test.
 * @param {string} root
 * @returns {Promise<string[]>}
 */
export async function findIds(root) {
  /** @type {typeof import('../../packages/storage-conformance/dist/index.js')} */
  const { allCases, contentionCases, modelCases, outageCases } = await import(join(root, 'packages/storage-conformance/dist/index.js'))
  return [...allCases, ...modelCases(), ...contentionCases, ...outageCases].map(
    ({ id, title }) => `${id.split('/')[0] ?? ''} ${id}: a storage ${title}`,
  )
}

/** @typedef {{ couldBe: (proof: string) => boolean }} Title */

/**
 * The full titles of the tests in the repository; what is filled in only when they run may be anything.
 * @param {string} root
 * @returns {Title[]}
 */
export function findTitles(root) {
  return globSync('{packages,examples}/*/test/**/*.test.ts', { cwd: root }).flatMap((file) =>
    titlesOf(readFileSync(join(root, file), 'utf8')),
  )
}

/**
 * A test belongs to the group above it that is indented less.
 * @param {string} source
 */
function titlesOf(source) {
  /** @type {{ indent: number, title: string }[]} */
  let groups = []
  /** @type {Title[]} */
  const titles = []
  const calls =
    /^( *)(?:await )?(describe|it)(?:\.\w+)*(?:\([^\n]*\))?\(\s*(?:'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`|"((?:[^"\\]|\\.)*)")/gm
  for (const [, space = '', kind, ...texts] of source.matchAll(calls)) {
    const title = texts.find((text) => text !== undefined) ?? ''
    groups = groups.filter(({ indent }) => indent < space.length)
    if (kind === 'describe') groups.push({ indent: space.length, title })
    else titles.push(toTitle([...groups.map((group) => group.title), title].join(' ')))
  }
  return titles
}

/**
 * @param {string} text as it stands in the source
 * @returns {Title}
 */
function toTitle(text) {
  const parts = text.split(/%[sdifjo]|\$\{[^}]*\}/).map((part) => part.replaceAll("\\'", "'"))
  const pattern = new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`)
  return { couldBe: (proof) => (proof.endsWith(' …') ? (parts[0] ?? '').startsWith(proof.slice(0, -1)) : pattern.test(proof)) }
}
