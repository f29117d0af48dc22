import { describe, expect, it } from 'vitest'
import { findAnchors, findLinks } from '../src/markdown.js'
import { resolveLink } from '../src/resolve-link.js'

describe('the links of a text', () => {
  it('are found in every form, with their lines', () => {
    const text = [
      '# A [link](a.md) in a heading',
      '',
      '| a table | with ![a picture](b.png) |',
      '| --- | --- |',
      '| <https://one.example/> | https://two.example/ |',
      '',
      '<p>',
      '  <a class="x" href="c.html">HTML</a>',
      '</p>',
      '',
      "Text with [a reference] and <img src='d.png'> in it.",
      '',
      '[a reference]: e.md "title"',
    ].join('\n')
    expect(findLinks(text)).toEqual([
      { line: 1, href: 'a.md' },
      { line: 3, href: 'b.png' },
      { line: 5, href: 'https://one.example/' },
      { line: 5, href: 'https://two.example/' },
      { line: 8, href: 'c.html' },
      { line: 11, href: 'd.png' },
      { line: 13, href: 'e.md' },
    ])
  })

  it('are not those in code or comments', () => {
    expect(findLinks('`[a](b)` <!-- <a href="c"> -->\n\n```\n[d](e)\n```\n\n    [f](g)\n')).toEqual([])
  })
})

it('anchors are the slugs of GitHub and those written as HTML', () => {
  const text = '# Hello, `World`!\n\n## Twice\n\n## Twice\n\n<a id="mine"></a>\n\nÜber *uns*\n---\n'
  expect([...findAnchors(text)].sort()).toEqual(['hello-world', 'mine', 'twice', 'twice-1', 'über-uns'])
})

describe('a link', () => {
  it.each([
    ['b.md', 'file:///root/docs/b.md'],
    ['./b c.md?plain=1#d', 'file:///root/docs/b%20c.md#d'],
    ['../../out.md', 'file:///out.md'],
    ['/top.md', 'file:///root/top.md'],
    ['#here', 'file:///root/docs/a.md#here'],
    ['HTTPS://Example.com/x#y', 'https://example.com/x'],
    ['//example.com/x', 'https://example.com/x'],
    ['https://', null],
    ['mailto:ada@example.com', undefined],
  ])('%s leads to %s', (href, url) => {
    expect(resolveLink(href, '/root/docs/a.md', '/root')).toBe(url)
  })
})
