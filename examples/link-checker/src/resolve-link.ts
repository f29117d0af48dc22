import { pathToFileURL } from 'node:url'

/**
 * The URL that a link leads to, written the same way wherever it stands; null when it is none.
 * Undefined for what is not checked: mail addresses and the like.
 * @param file absolute path of the file in which it stands
 * @param root absolute path of the directory that a leading slash means
 */
export function resolveLink(href: string, file: string, root: string): string | null | undefined {
  const [, scheme] = /^([a-z][a-z0-9+.-]*):/i.exec(href) ?? []
  if (scheme !== undefined || href.startsWith('//')) {
    if (scheme !== undefined && !/^https?$/i.test(scheme)) return undefined
    const page = URL.parse(href, 'https://localhost')
    if (page) page.hash = ''
    return page?.href ?? null
  }
  const [path, base] = href.startsWith('/') ? [`.${href}`, `${root}/`] : [href, file]
  const target = URL.parse(path, pathToFileURL(base).href)
  if (target) target.search = ''
  return target?.href ?? null
}
