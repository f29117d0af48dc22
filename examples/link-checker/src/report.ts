import { handle, type BoundJob, type Job, type JobQueue } from '@dbjobq/core'
import { checkFile, checkLink, writeReport, type Link, type Summary } from './jobs.js'
import { everyJob, type Run } from './run.js'

interface BrokenLink {
  path: string
  line: number
  href: string
  problem: string
}

export function bindWriteReport(queue: JobQueue, run: Run, print: (text: string) => void): BoundJob {
  return handle(writeReport, async () => {
    const { urls, retries } = await readUrls(queue, run)
    const { files, broken } = await readFiles(queue, run, urls)
    const planted = broken.filter(isPlanted)
    const others = broken.filter((link) => !isPlanted(link))
    print(format(others, planted))
    return { files, urls: urls.size, broken: others.length, planted: planted.length, retries }
  })
}

/** What is wrong with each URL, or null. */
async function readUrls(queue: JobQueue, run: Run): Promise<{ urls: Map<string, string | null>; retries: Record<string, number> }> {
  const urls = new Map<string, string | null>()
  const retries: Record<string, number> = {}
  for await (const job of everyJob(queue, { type: [checkLink.type], groupKey: run.id })) {
    const { data, status, result, errors } = job as Job<{ url: string }, { problem: string | null }>
    urls.set(data.url, result ? result.problem : reasonOf(job))
    for (const { message } of status === 'failed' ? errors.slice(0, -1) : errors) retries[message] = (retries[message] ?? 0) + 1
  }
  return { urls, retries }
}

async function readFiles(queue: JobQueue, run: Run, urls: Map<string, string | null>): Promise<{ files: number; broken: BrokenLink[] }> {
  const paths = new Set<string>()
  const broken: BrokenLink[] = []
  for await (const job of everyJob(queue, { type: [checkFile.type], groupKey: run.id })) {
    const { data, result } = job as Job<{ path: string }, { links: Link[] }>
    const { path } = data
    paths.add(path)
    if (!result) broken.push({ path, line: 1, href: '(the file)', problem: reasonOf(job) })
    for (const { line, href, url } of result?.links ?? []) {
      const problem = url === null ? 'not a URL' : urls.get(url)
      if (problem !== null) broken.push({ path, line, href, problem: problem ?? 'was not checked' })
    }
  }
  broken.sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1))
  return { files: paths.size, broken }
}

/** Why a job has no result. That a worker died on the way is not why. */
function reasonOf({ status, errors }: Job): string {
  return errors.findLast(({ code }) => code !== 'WORKER_LOST')?.message ?? status
}

function isPlanted({ path }: BrokenLink): boolean {
  return path.split('/').includes('planted')
}

function format(broken: BrokenLink[], planted: BrokenLink[]): string {
  const lines = [broken.length === 0 ? 'No broken links.' : `${count(broken.length, 'broken link')}:`, ...broken.map(toLine)]
  if (planted.length > 0) lines.push('', `Planted to be found, ${count(planted.length, 'broken link')}:`, ...planted.map(toLine))
  return lines.join('\n')
}

function toLine({ path, line, href, problem }: BrokenLink): string {
  return `  ${path}:${line}  ${href}  ${problem}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** What is true of this run only, and so no part of the report. */
export function formatSummary({ files, urls, retries }: Summary, seconds: number): string {
  const reasons = Object.entries(retries).sort(([, a], [, b]) => b - a)
  const repeated =
    reasons.length === 0 ? 'none was repeated' : `repeated: ${reasons.map(([reason, times]) => `${times} × ${reason}`).join(', ')}`
  return `${count(files, 'file')}, ${count(urls, 'different link')} in ${seconds.toFixed(1)} s; ${repeated}.`
}
