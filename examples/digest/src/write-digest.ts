import { handle, type BoundJob, type JobQueue } from '@dbjobq/core'
import { digest, signUp } from './jobs.js'

/** A sign-up that was stored at the last moment may not be seen yet; it comes in the next digest. ms */
const margin = 2_000

/** From the end of the last digest to the tick of this one, whenever it really runs: so nobody is told twice, and nobody is left out. */
export function bindWriteDigest(queue: JobQueue<unknown>, print: (text: string) => void): BoundJob {
  return handle(digest, async ({ title }, { schedule }) => {
    const since = await endOfLast(queue)
    const until = (schedule?.tick.getTime() ?? Date.now()) - margin
    const names = await signedUp(queue, since, until)
    print(`${title}: ${names.join(', ') || 'none'}`)
    return { until, names }
  })
}

async function endOfLast(queue: JobQueue<unknown>): Promise<number> {
  const { jobs } = await queue.listJobs({ type: [digest.type], status: ['completed'], limit: 1 })
  return (jobs[0]?.result as { until: number } | undefined)?.until ?? 0
}

async function signedUp(queue: JobQueue<unknown>, since: number, until: number): Promise<string[]> {
  const names: string[] = []
  let after: string | undefined
  do {
    const page = await queue.listJobs({ type: [signUp.type], ...(after === undefined ? {} : { after }) })
    for (const { data, createdAt } of page.jobs) {
      // The newest come first.
      if (createdAt.getTime() < since) return names.toReversed()
      if (createdAt.getTime() < until) names.push((data as { name: string }).name)
    }
    after = page.next ?? undefined
  } while (after !== undefined)
  return names.toReversed()
}
