// @ts-check
import { expect, it } from 'vitest'
import { root } from '../run.mjs'
import { pageCompiler } from './compile-page.mjs'
import { findSnippets } from './find-snippets.mjs'

const compile = pageCompiler(root)

/** @param {string} text */
const wrongIn = (text) => compile(findSnippets(text)).map(({ line, message }) => `${String(line)} ${message}`)

it('takes a page that compiles, with snippets that import one another and what the page takes for granted', () => {
  const page = `# Page
<!-- snippets:
const user: { name: string }
-->
\`\`\`ts
// jobs.ts: what a job is
import { defineJob, typed } from '@dbjobq/core'
export const greet = defineJob({ type: 'greet', data: typed<{ name: string }>() })
\`\`\`
\`\`\`ts
import { JobQueue } from '@dbjobq/core'
import { MemoryStorage } from '@dbjobq/core/memory'
import { greet } from './jobs.js'
await new JobQueue(new MemoryStorage()).enqueue(greet, user)
\`\`\`
`
  expect(findSnippets(page).snippets.map(({ name, line }) => `${name} ${String(line)}`)).toEqual(['jobs.ts 6', 'snippet-2.ts 11'])
  expect(wrongIn(page)).toEqual([])
})

it('names the line of the page at which a snippet does not compile', () => {
  expect(wrongIn('text\n\n```ts\nconst a = 1\nconst b: string = a\n```\n')).toEqual(["5 Type 'number' is not assignable to type 'string'."])
  expect(wrongIn("```ts\nimport { nothing } from '@dbjobq/core'\n```\n").join()).toMatch(/^2 .*nothing/)
})
