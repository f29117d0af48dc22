import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { handle, type BoundJob } from '@dbjobq/core'
import { checkFile, checkLink, type Link } from './jobs.js'
import { findLinks } from './markdown.js'
import { resolveLink } from './resolve-link.js'
import type { Run } from './run.js'

/** Links handled in one job. Some files list thousands; a job can take a thousand others along. */
const batchSize = 900

export function bindCheckFile(run: Run): BoundJob {
  return handle(checkFile, async ({ path, skip }, ctx) => {
    const file = join(run.directory, path)
    const found = findLinks(await readFile(file, 'utf8'))
    const links: Link[] = []
    for (const { line, href } of found.slice(skip, skip + batchSize)) {
      const url = resolveLink(href, file, run.directory)
      if (url !== undefined) links.push({ line, href, url })
    }

    // These jobs are stored together with the completion of this one: killed before, it leaves nothing behind and runs again.
    for (const url of new Set(links.map((link) => link.url))) {
      if (url === null) continue
      await ctx.enqueue(checkLink, { url }, { queue: run.queues.links, groupKey: run.id, unique: { key: `${run.id} ${url}` } })
    }
    if (found.length > skip + batchSize) {
      await ctx.enqueue(checkFile, { path, skip: skip + batchSize }, { queue: run.queues.files, groupKey: run.id })
    }
    return { links }
  })
}
