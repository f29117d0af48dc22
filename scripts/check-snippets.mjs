// @ts-check
// Compiles the TypeScript of every Markdown page against the built packages.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './run.mjs'
import { pageCompiler } from './snippets/compile-page.mjs'
import { findSnippets } from './snippets/find-snippets.mjs'

/** Its snippets are excerpts of examples/custom-storage, held against that source by a test. */
const excerpts = 'docs/write-an-adapter.md'

const compile = pageCompiler(root)
let count = 0
let wrong = 0
for (const path of globSync(['*.md', 'docs/**/*.md', '{packages,examples}/*/*.md'], { cwd: root }).sort()) {
  if (path === excerpts) continue
  const page = findSnippets(readFileSync(join(root, path), 'utf8'))
  if (page.snippets.length === 0) continue
  count += page.snippets.length
  for (const { line, message } of compile(page)) {
    wrong++
    console.error(`${path}:${String(line)}  ${message}`)
  }
}
console.log(`${String(count)} snippets, ${String(wrong)} errors`)
process.exitCode = wrong > 0 || count === 0 ? 1 : 0
