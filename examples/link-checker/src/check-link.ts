import { handle, type BoundJob } from '@dbjobq/core'
import { LocalFiles } from './local-files.js'
import { checkLink } from './jobs.js'
import { fetchPage } from './fetch-page.js'

/** @param standIn address of the server that stands in for all others; undefined: ask the real ones */
export function bindCheckLink(standIn: string | undefined): BoundJob {
  const files = new LocalFiles()
  return handle(checkLink, async ({ url }, { attempt, signal }) => {
    const target = new URL(url)
    const problem = target.protocol === 'file:' ? await files.check(target) : await fetchPage(target, { attempt, signal, standIn })
    return { problem }
  })
}
