import { createHash } from 'node:crypto'
import type { Job, JobQueue, ListOptions } from '@dbjobq/core'
import { findFiles } from './find-files.js'
import { checkFile, writeReport } from './jobs.js'

/** One pass over a directory. It is there as long as its report is not written, and so are its jobs: that is all there is to go on from. */
export interface Run {
  /** Of its report job; the group of all its other jobs. */
  id: string
  directory: string
  /** Its own, so that runs that share a database do not take each other's jobs. */
  queues: { files: string; links: string; report: string }
  isContinued: boolean
}

/** Begins a run, or finds the one that was interrupted. */
export async function openRun(queue: JobQueue, what: { directory: string; isOnline: boolean; isFresh: boolean }): Promise<Run> {
  const { directory, isOnline, isFresh } = what
  const key = createHash('sha256')
    .update(JSON.stringify([directory, isOnline]))
    .digest('hex')
    .slice(0, 16)
  const queues = { files: `files/${key}`, links: `links/${key}`, report: `report/${key}` }
  // The report job exists from the beginning, in a queue that nobody serves before the end. There is one at a time.
  const begin = () => queue.enqueue(writeReport, { directory }, { queue: queues.report, unique: { key } })
  let begun = await begin()
  if (begun.outcome === 'duplicate' && isFresh) {
    await cancelRun(queue, begun.id)
    begun = await begin()
  }
  return { id: begun.id, directory, queues, isContinued: begun.outcome === 'duplicate' }
}

/** One job per file, but for those that the run has already. */
export async function enqueueFiles(queue: JobQueue, run: Run): Promise<void> {
  const known = new Set<string>()
  for await (const job of everyJob(queue, { type: [checkFile.type], groupKey: run.id })) known.add((job.data as { path: string }).path)
  const missing = (await findFiles(run.directory)).filter((path) => !known.has(path))
  await queue.enqueueMany(
    checkFile,
    missing.map((path) => ({ path })),
    { queue: run.queues.files, groupKey: run.id, each: ({ path }) => ({ unique: { key: `${run.id} ${path}` } }) },
  )
}

/** All jobs that fit, the oldest first. */
export async function* everyJob(queue: JobQueue, filter: ListOptions): AsyncGenerator<Job> {
  let after: string | undefined
  do {
    const { jobs, next } = await queue.listJobs({ ...filter, order: 'oldest', limit: 500, ...(after === undefined ? {} : { after }) })
    yield* jobs
    after = next ?? undefined
  } while (after !== undefined)
}

async function cancelRun(queue: JobQueue, id: string): Promise<void> {
  for await (const job of everyJob(queue, { groupKey: id, status: ['scheduled', 'pending', 'running'] })) await queue.cancel(job.id)
  if ((await queue.cancel(id)) === 'requested') throw new Error('The run before is just writing its report. Try again in a few seconds.')
}
