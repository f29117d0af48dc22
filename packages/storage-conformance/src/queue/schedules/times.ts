import type { Job, JobQueue } from '@dbjobq/core'
import type { AnyStorage } from '../../case.js'

/** The ticks that got a job, in order. */
export async function ticksOf(queue: JobQueue, schedule: string): Promise<number[]> {
  return (await jobsOf(queue, schedule)).map(({ schedule: of }) => of?.tick.getTime() ?? 0).toSorted((a, b) => a - b)
}

/** Those of a schedule, the oldest first. */
export async function jobsOf(queue: JobQueue, schedule: string): Promise<Job[]> {
  const { jobs } = await queue.listJobs({ limit: 1_000, order: 'oldest' })
  return jobs.filter(({ schedule: of }) => of?.id === schedule)
}

/** As if nobody had run since: the next tick of the schedule is `dueAt`. */
export async function setDue(storage: AnyStorage, id: string, dueAt: number): Promise<void> {
  const [state] = await storage.findStates({ kind: 'schedule', ids: [id] }, { limit: 1 })
  if (!state || !(await storage.putState({ ...state, dueAt }, state.revision))) throw new Error(`schedule ${id} is not there, or changed`)
}
