// @ts-check

/** @typedef {{ name: string, line: number, text: string }} Snippet line: of the page, where the text begins, from 1 */
/** @typedef {{ snippets: Snippet[], given: string }} Page given: declarations that the snippets of the page take for granted */

const fence = /^```ts\n(.*?)^```$/gms
const comment = /^<!-- snippets:\n(.*?)^-->$/ms

/**
 * The TypeScript of a Markdown page. A snippet whose first line is `// name.ts` can be imported by the others as `./name.js`.
 * What the page takes for granted (`declare const user: User`) stands in a comment that readers do not see: `<!-- snippets:` … `-->`.
 * @param {string} markdown
 * @returns {Page}
 */
export function findSnippets(markdown) {
  const snippets = [...markdown.matchAll(fence)].map(({ 1: text = '', index }, place) => ({
    name: /^\/\/ ([\w-]+\.ts)\b/.exec(text)?.[1] ?? `snippet-${String(place + 1)}.ts`,
    line: markdown.slice(0, index).split('\n').length + 1,
    text,
  }))
  return { snippets, given: comment.exec(markdown)?.[1] ?? '' }
}
