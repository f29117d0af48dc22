import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const example = fileURLToPath(new URL('..', import.meta.url))
const page = readFileSync(new URL('../../../docs/write-an-adapter.md', import.meta.url), 'utf8')

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim()
const sources = globSync('{src,test}/*.{ts,mjs}', { cwd: example }).map((path) => oneLine(readFileSync(`${example}/${path}`, 'utf8')))
const snippets = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code)

it('finds the snippets', () => {
  expect(snippets.length).toBeGreaterThan(8)
})

it.each(snippets)('quotes the example: %s', (snippet) => {
  expect(sources.some((source) => source.includes(oneLine(snippet)))).toBe(true)
})
