// @ts-check
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import prettier from 'prettier'
import { chapters } from '../../guarantees/cases/index.mjs'
import { root } from '../run.mjs'
import { makePage } from './page.mjs'

export const page = join(root, 'docs/guarantees.md')
export const record = join(root, 'guarantees/last-run.json')

/** @param {string} name */
const read = (name) => readFileSync(join(root, 'guarantees', name), 'utf8')

/**
 * As `pnpm format` would leave it.
 * @param {string} path
 * @param {string} text
 */
export async function format(path, text) {
  return prettier.format(text, { ...(await prettier.resolveConfig(path)), filepath: path })
}

/** docs/guarantees.md as it has to be, from what is in guarantees/ only. */
export async function buildPage() {
  return format(page, makePage(read('page-text.txt'), chapters, JSON.parse(read('last-run.json')), JSON.parse(read('long-run.json'))))
}
