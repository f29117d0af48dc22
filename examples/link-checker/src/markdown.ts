import GithubSlugger from 'github-slugger'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { toString } from 'mdast-util-to-string'
import { gfm } from 'micromark-extension-gfm'
import { visit } from 'unist-util-visit'

function parse(markdown: string) {
  return fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] })
}

/** All links and images, also those written as HTML, with the line on which they begin. */
export function findLinks(markdown: string): { line: number; href: string }[] {
  const links: { line: number; href: string }[] = []
  visit(parse(markdown), (node) => {
    const line = node.position?.start.line ?? 1
    if (node.type === 'link' || node.type === 'image' || node.type === 'definition') links.push({ line, href: node.url })
    if (node.type === 'html') {
      for (const { index, value } of attributes(node.value, 'href|src')) {
        links.push({ line: line + node.value.slice(0, index).split('\n').length - 1, href: value })
      }
    }
  })
  return links
}

/** What may stand after the # of a link: the slugs that GitHub gives to headings, and the anchors written as HTML. */
export function findAnchors(markdown: string): Set<string> {
  const slugger = new GithubSlugger()
  const anchors = new Set<string>()
  visit(parse(markdown), (node) => {
    if (node.type === 'heading') anchors.add(slugger.slug(toString(node, { includeImageAlt: false, includeHtml: false })))
    if (node.type === 'html') for (const { value } of attributes(node.value, 'id|name')) anchors.add(value)
  })
  return anchors
}

function attributes(html: string, names: string): { index: number; value: string }[] {
  const withoutComments = html.replace(/<!--.*?-->/gs, (comment) => comment.replace(/[^\n]/g, ' '))
  const matches = withoutComments.matchAll(new RegExp(`<\\w[^>]*?\\s(?:${names})\\s*=\\s*(["'])(.*?)\\1`, 'gis'))
  return [...matches].map(({ index, 2: value = '' }) => ({ index, value }))
}
