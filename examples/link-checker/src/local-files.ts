import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMarkdown } from './find-files.js'
import { findAnchors } from './markdown.js'

/** Checks links to files and to headings in them. */
export class LocalFiles {
  /** By path: a table of contents asks for every heading of one file. */
  readonly #anchors = new Map<string, Promise<Set<string>>>()

  /** What is wrong with the link, or null. */
  async check(target: URL): Promise<string | null> {
    const path = decode(() => fileURLToPath(target))
    const anchor = decode(() => decodeURIComponent(target.hash.slice(1)))
    if (path === null || anchor === null) return 'not a path'
    const found = await stat(path).catch(refuseOthers)
    if (!found) return 'no such file'
    const page = found.isDirectory() ? join(path, 'README.md') : path
    if (anchor === '' || !isMarkdown(page)) return null
    return (await this.#anchorsOf(page)).has(anchor) ? null : 'no such heading'
  }

  #anchorsOf(page: string): Promise<Set<string>> {
    const anchors = this.#anchors.get(page) ?? readAnchors(page)
    this.#anchors.set(page, anchors)
    return anchors
  }
}

async function readAnchors(page: string): Promise<Set<string>> {
  return findAnchors((await readFile(page, 'utf8').catch(refuseOthers)) ?? '')
}

function decode(read: () => string): string | null {
  try {
    return read()
  } catch {
    return null
  }
}

/** That a file is not there is what we want to know; anything else is an error, and the job is retried. */
function refuseOthers(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'ENAMETOOLONG') throw error
}
