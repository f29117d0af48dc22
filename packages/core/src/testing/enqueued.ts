import { AssertionError } from 'node:assert'
import { aDate, aDuration, aName, anInteger, checkOptions, listOf, oneOf } from '../model/check.js'
import type { JobDefinition } from '../model/definition.js'
import { milliseconds, type Duration } from '../model/duration.js'
import { DbjobqError } from '../model/errors.js'
import type { Job } from '../model/job.js'
import { aPriority } from '../model/priority.js'
import type { JobStatus } from '../model/storage.js'
import type { JobQueue } from '../runtime/queue/job-queue.js'
import { hasPart, shown, type DeepPartial } from './matching.js'

/** What else a job must be to count. */
export interface EnqueuedFilter {
  queue?: string
  groupKey?: string
  priority?: number
  /** Exactly then. */
  runAt?: Date
  /** `runAt` is so long after the job was made, within 100 ms. */
  delay?: Duration
  /** Default: any, so a job that has run by now was enqueued too. */
  status?: JobStatus[]
}

export interface ExpectEnqueuedOptions extends EnqueuedFilter {
  /** Exactly so many. Default: one or more. */
  count?: number
}

type Match<Input> = DeepPartial<Input> | ((data: Input) => boolean)

const delaySlack = 100
const pageSize = 1_000
/** In a message. */
const jobsShown = 10

const filterOptionChecks = {
  queue: aName,
  groupKey: aName,
  priority: aPriority,
  runAt: aDate,
  delay: aDuration,
  status: listOf(oneOf('scheduled', 'pending', 'running', 'completed', 'failed', 'cancelled')),
}

/** All jobs of the queue, of one definition if given, in any status, the oldest first. */
export function enqueued(queue: JobQueue): Promise<Job[]>
export function enqueued<Input, Output, Result>(queue: JobQueue, job: JobDefinition<Input, Output, Result>): Promise<Job<Input, Result>[]>
export async function enqueued(queue: JobQueue, job?: JobDefinition): Promise<Job[]> {
  const jobs: Job[] = []
  let after: string | undefined
  do {
    const page = await queue.listJobs({
      order: 'oldest',
      limit: pageSize,
      ...(job ? { type: [typeOf('enqueued', job)] } : {}),
      ...(after === undefined ? {} : { after }),
    })
    jobs.push(...page.jobs)
    after = page.next ?? undefined
  } while (after !== undefined)
  return jobs
}

/**
 * Asserts that the job was enqueued, with data that has all of `match` (or for which it answers true); answers the jobs found,
 * the oldest first.
 * @throws AssertionError of `node:assert`, which tells what is there instead; DbjobqError `INVALID_OPTION`
 */
export async function expectEnqueued<Input, Output, Result>(
  queue: JobQueue,
  job: JobDefinition<Input, Output, Result>,
  match?: Match<Input>,
  options: ExpectEnqueuedOptions = {},
): Promise<Job<Input, Result>[]> {
  checkOptions('expectEnqueued', options, { ...filterOptionChecks, count: anInteger(0, 1_000_000) })
  const { count, ...filter } = options
  const { found, there } = await find('expectEnqueued', queue, job, match, filter)
  if (count === undefined ? found.length > 0 : found.length === count) return found
  const wanted = count === undefined ? 'a job' : `${count} ${count === 1 ? 'job' : 'jobs'}`
  const message = `expected ${wanted} ${described(job.type, match, filter)}, found ${found.length}.${await listed(queue, job.type, there)}`
  throw new AssertionError({ message, actual: found.length, expected: count ?? 1, operator: 'expectEnqueued' })
}

/**
 * Asserts that no such job was enqueued.
 * @throws AssertionError of `node:assert`, which shows those that were; DbjobqError `INVALID_OPTION`
 */
export async function expectNotEnqueued<Input, Output, Result>(
  queue: JobQueue,
  job: JobDefinition<Input, Output, Result>,
  match?: Match<Input>,
  options: EnqueuedFilter = {},
): Promise<void> {
  checkOptions('expectNotEnqueued', options, filterOptionChecks)
  const { found } = await find('expectNotEnqueued', queue, job, match, options)
  if (found.length === 0) return
  const message = `expected no job ${described(job.type, match, options)}, found ${found.length}.${await listed(queue, job.type, found)}`
  throw new AssertionError({ message, actual: found.length, expected: 0, operator: 'expectNotEnqueued' })
}

async function find<Input, Output, Result>(
  where: string,
  queue: JobQueue,
  job: JobDefinition<Input, Output, Result>,
  match: Match<Input> | undefined,
  filter: EnqueuedFilter,
): Promise<{ found: Job<Input, Result>[]; there: Job<Input, Result>[] }> {
  typeOf(where, job)
  const there = await enqueued(queue, job)
  return { found: there.filter((one) => fitsData(one.data, match) && fits(one, filter)), there }
}

function fitsData<Input>(data: Input, match: Match<Input> | undefined): boolean {
  if (match === undefined) return true
  return typeof match === 'function' ? (match as (data: Input) => boolean)(data) : hasPart(data, match)
}

function fits(job: Job, { queue, groupKey, priority, runAt, delay, status }: EnqueuedFilter): boolean {
  return (
    (queue === undefined || job.queue === queue) &&
    (groupKey === undefined || job.groupKey === groupKey) &&
    (priority === undefined || job.priority === priority) &&
    (runAt === undefined || job.runAt.getTime() === runAt.getTime()) &&
    (delay === undefined || Math.abs(delayOf(job) - milliseconds(delay, 'delay')) <= delaySlack) &&
    (status === undefined || status.includes(job.status))
  )
}

function delayOf({ runAt, createdAt }: Job): number {
  return runAt.getTime() - createdAt.getTime()
}

function described(type: string, match: unknown, filter: EnqueuedFilter): string {
  const data = match === undefined ? '' : typeof match === 'function' ? ' whose data fits the predicate' : ` whose data has ${shown(match)}`
  const given = Object.entries(filter).filter(([, value]) => value !== undefined)
  return `${type}${data}${given.length > 0 ? ` with ${shown(Object.fromEntries(given))}` : ''}`
}

async function listed(queue: JobQueue, type: string, jobs: Job[]): Promise<string> {
  if (jobs.length === 0) {
    const others = [...new Set((await enqueued(queue)).map((job) => job.type))]
    return others.length === 0 ? ' The queue is empty.' : ` There is no job ${type}; there are jobs of ${shown(others)}.`
  }
  const lines = jobs
    .slice(0, jobsShown)
    .map((job) => `\n  ${job.status} in ${job.queue}, priority ${job.priority}, after ${delayOf(job)} ms: ${shown(job.data)}`)
  const rest = jobs.length > jobsShown ? `\n  and ${jobs.length - jobsShown} more` : ''
  return ` Jobs ${type}:${lines.join('')}${rest}`
}

function typeOf(where: string, job: unknown): string {
  const { type } = (job ?? {}) as { type?: unknown }
  if (typeof type !== 'string') throw new DbjobqError('INVALID_OPTION', `${where}: the second argument must be a job made by defineJob.`)
  return type
}
